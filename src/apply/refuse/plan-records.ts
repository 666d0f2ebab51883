import { IsthmusError } from '../../base/error.ts';
import { canonicalJson } from '../../base/json.ts';
import { remedy, run } from '../../base/remedy.ts';
import { refKey } from '../../objects/object.ts';
import { identityOf } from '../../observe/observe.ts';
import { type ChangeRecord, type ClusterRecord, recordLive, staleness } from '../../plan/plan-record.ts';
import type { Decision } from '../decide/decide.ts';
import { digest } from '../read/digest.ts';

/** What was decided for each cluster, as a plan file keeps it. */
export function recordsOf(decisions: readonly Decision[]): readonly ClusterRecord[] {
  return decisions.map(recordOf);
}

function recordOf({ part, changes, prune, fromFile }: Decision): ClusterRecord {
  const { topology, observed } = part;
  const identity = identityOf(observed);
  const removals = [
    ...prune.releases.map((removal) => ({ ...removal, action: 'Release' as const })),
    ...prune.deletions.map((removal) => ({ ...removal, action: 'Delete' as const })),
  ];
  return {
    cluster: topology.name,
    ...(identity === undefined ? {} : { identity }),
    inputs: digest(canonicalJson(fromFile.map(({ object }) => object))),
    changes: [
      ...changes.map(({ change: { action, ref } }): ChangeRecord => {
        const live = observed.live.get(refKey(ref));
        return { action, ref, ...(live === undefined ? {} : { live: recordLive(live, digest) }) };
      }),
      ...removals.map(({ action, ref, live }): ChangeRecord => ({ action, ref, live: recordLive(live, digest) })),
    ],
  };
}

const shownProblems = 10;

/** Throws `stale-plan` where what was decided now is not what a plan file says. */
export function refuseStale(planned: readonly ClusterRecord[], decisions: readonly Decision[]): void {
  const problems = staleness(planned, recordsOf(decisions));
  if (problems.length === 0) return;
  const shown = problems.slice(0, shownProblems).map((problem) => `\n  ${problem}`);
  const more = problems.length > shownProblems ? `\n  and ${problems.length - shownProblems} more` : '';
  throw new IsthmusError('stale-plan', `the plan no longer holds; nothing was changed${shown.join('')}${more}`, {
    remedy: remedy`make a new plan with ${run('plan', { out: 'PLAN' })}, look at it, and apply that`,
  });
}
