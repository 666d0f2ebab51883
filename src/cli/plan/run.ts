import type { MeshSession } from '../../engine/mesh-session.ts';
import type { PlanReport } from '../../report/plan.ts';
import { commonExitCode, type ExitCode, exitCodeOfVerdict, exitCodes } from '../shell/exit-code.ts';
import type { PlanFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { applyOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { namesText } from './names-text.ts';
import { planText } from './text.ts';

export async function runPlan(flags: PlanFlags, run: CommandRun): Promise<ExitCode> {
  return await showPlan(await openNamed(flags, run), flags, run);
}

/** Plans and shows; `apply --dry-run` is this too. */
export async function showPlan(session: MeshSession, flags: PlanFlags, { terminal }: CommandRun): Promise<ExitCode> {
  const { out, output } = flags;
  const report = await session.plan({ ...applyOptions(flags), out });
  const source = sourceFlags(namesOf(session.origin));
  const values = output === 'wide' ? 'Whole' : 'Cut';
  const words = (shown: PlanReport): string =>
    output === 'name'
      ? namesText(shown)
      : planText(shown, { apply: out ?? source, source, color: terminal.color, values });
  printReport(report, output === 'wide' || output === 'name' ? 'text' : output, words, terminal);
  return planExitCode(report, flags);
}

/** A plan that lacks a cluster is never a plain "nothing to do": what is to do there is not known. */
export function planExitCode(
  { clusters, totals }: Pick<PlanReport, 'clusters' | 'totals'>,
  flags: Pick<PlanFlags, 'exitCode' | 'acceptUnknown'>,
): ExitCode {
  const failed = clusters.flatMap((cluster) => (cluster.outcome === 'Failed' ? [cluster.error] : []));
  const planned = clusters.flatMap((cluster) => (cluster.outcome === 'Planned' ? [cluster] : []));
  if (failed.length > 0 && planned.length === 0) return commonExitCode(failed);
  const refused = planned.flatMap(({ changes }) =>
    changes.flatMap(({ error }) => (error === undefined ? [] : [error])),
  );
  if (refused.length > 0) return commonExitCode(refused);
  if (flags.exitCode === true && totals.create + totals.change + totals.delete > 0) return exitCodes.answerIsNo;
  return failed.length === 0 ? exitCodes.done : exitCodeOfVerdict('Unknown', flags);
}
