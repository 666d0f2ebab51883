import type { ApplyReport, ClusterOutcome } from '../../report/apply.ts';
import type { KeptObject } from '../../report/object-ref.ts';
import { keptLines } from '../plan/kept-text.ts';
import { renderFailure } from '../shell/failure.ts';
import { paint } from '../shell/terminal.ts';

export interface ApplyTextOptions {
  readonly color: boolean;
  /** The flags that name the mesh again. */
  readonly source: string;
  /** What is of use when all is done. */
  readonly next: string;
  /** The command that goes on where something is left to do. */
  readonly resume: string;
}

/** The commands after an apply of that source, which was asked to verify or not. */
export function afterApply(source: string, verify?: boolean): Pick<ApplyTextOptions, 'source' | 'next' | 'resume'> {
  const flags = verify === true ? `--verify ${source}` : source;
  return { source, next: `isthmus verify ${source}`, resume: `isthmus apply ${flags}` };
}

/** What is true after an apply, and the next command. */
export function applyText(report: ApplyReport, options: ApplyTextOptions): string {
  const { next, resume } = options;
  const lines = report.clusters.flatMap((outcome) => outcomeLines(outcome, options));
  if (report.newRootFolder !== undefined) {
    lines.push(
      `Created the root CA. Its private key is ${report.newRootFolder}/root.key: move it offline; it is needed only to issue a new intermediate issuer.`,
    );
  }
  lines.push(summaryLine(report));
  if (!report.ok) lines.push(resumeLine(report, resume));
  else if (report.verification === undefined) lines.push(`next: ${next}`);
  return `${lines.join('\n')}\n`;
}

function outcomeLines(outcome: ClusterOutcome, { color, source }: ApplyTextOptions): readonly string[] {
  const { cluster } = outcome;
  switch (outcome.outcome) {
    case 'Applied':
      return [
        ...outcome.unconnected.map(({ peer, error, stands }) => {
          const what = stands ? 'connected as before' : 'not connected';
          return `${cluster}: ${paint(what, 'yellow', color)} to ${peer}, which failed: ${error.message}`;
        }),
        ...leftLines(outcome.pruned?.failed, `${cluster}: ${paint('not removed', 'yellow', color)}`),
        ...leftLines(outcome.pruned?.kept, `${cluster}: ${paint('kept', 'yellow', color)}`),
      ];
    case 'Failed':
      return [`${cluster}: ${renderFailure(outcome.error, { color, source }).trimEnd()}`];
    case 'Left':
      return [`${cluster}: left as it is (not among --clusters)`];
  }
}

function leftLines(left: readonly KeptObject[] | undefined, title: string): readonly string[] {
  return keptLines(left ?? []).map((line) => `${title}: ${line}`);
}

function summaryLine({ mesh, clusters, seconds, requests, writes }: ApplyReport): string {
  const sum = (key: 'created' | 'configured' | 'unchanged'): number =>
    clusters.reduce((total, outcome) => total + ('counts' in outcome ? outcome.counts[key] : 0), 0);
  const deleted = clusters.reduce((total, outcome) => {
    return total + (outcome.outcome === 'Applied' ? (outcome.pruned?.deleted.length ?? 0) : 0);
  }, 0);
  const done = clusters.filter(isWhole).length;
  const counts = [
    `${sum('created')} created, ${sum('configured')} configured`,
    ...(deleted > 0 ? [`${deleted} deleted`] : []),
    `${sum('unchanged')} unchanged`,
  ];
  return `mesh ${mesh}: ${done} of ${clusters.length} clusters are as declared (${counts.join(', ')}) after ${seconds.toFixed(1)} s, ${requests} requests, ${writes} writes`;
}

/** Errors after which the same again goes on, though nothing is mended. */
const passing: ReadonlySet<string> = new Set(['cancelled', 'lock-held', 'timeout']);

/** Where nothing was changed there is nothing to resume: what failed is to be mended first. */
function resumeLine({ clusters }: ApplyReport, resume: string): string {
  const isPassing = clusters.some((outcome) => outcome.outcome === 'Failed' && passing.has(outcome.error.code));
  return isPassing || clusters.some(hasChanged)
    ? `Nothing needs undoing. Resume with: ${resume}`
    : `Nothing was changed. When what failed is mended: ${resume}`;
}

/** Whether an apply changed anything in a cluster. */
export function hasChanged(outcome: ClusterOutcome): boolean {
  if (outcome.outcome === 'Left') return false;
  const { created, configured } = outcome.counts;
  if (created + configured > 0) return true;
  const pruned = outcome.outcome === 'Applied' ? outcome.pruned : undefined;
  return (pruned?.deleted.length ?? 0) + (pruned?.released.length ?? 0) > 0;
}

/** Whether a cluster is as declared after an apply. */
export function isWhole(outcome: ClusterOutcome): boolean {
  if (outcome.outcome !== 'Applied' || outcome.unconnected.some(({ stands }) => !stands)) return false;
  return outcome.pruned === undefined || outcome.pruned.failed.length === 0;
}
