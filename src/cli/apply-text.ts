import type { ApplyReport, ClusterOutcome } from '../apply/report.ts';
import { describeRef } from '../objects/object.ts';
import { renderFailure } from './failure.ts';
import { paint } from './terminal.ts';

/** What is true after an apply, and the next command. */
export function applyText(report: ApplyReport, file: string, { color }: { readonly color: boolean }): string {
  const lines = report.clusters.flatMap((outcome) => outcomeLines(outcome, color));
  if (report.newRootFolder !== undefined) {
    lines.push(
      `The mesh's root was made now. Its private key is ${report.newRootFolder}/root.key: move it to a place that is not on the network; only a new issuer needs it.`,
    );
  }
  lines.push(summaryLine(report), nextLine(report, file));
  return `${lines.join('\n')}\n`;
}

function outcomeLines(outcome: ClusterOutcome, color: boolean): readonly string[] {
  const { cluster } = outcome;
  switch (outcome.outcome) {
    case 'Applied':
      return outcome.unconnected.map(
        ({ peer, error }) =>
          `${cluster}: ${paint('not connected', 'yellow', color)} to ${peer}, which failed: ${error.message}`,
      );
    case 'Failed':
      return [`${cluster}: ${renderFailure(outcome.error, color).trimEnd()}`];
    case 'Planned':
      return outcome.changes.map(({ action, ref }) => `${cluster}: would ${action.toLowerCase()} ${describeRef(ref)}`);
    case 'Left':
      return [`${cluster}: left as it is (not among --clusters)`];
  }
}

function summaryLine({ mesh, mode, clusters, seconds, requests, writes }: ApplyReport): string {
  const sum = (key: 'created' | 'configured' | 'unchanged'): number =>
    clusters.reduce((total, outcome) => total + ('counts' in outcome ? outcome.counts[key] : 0), 0);
  if (mode === 'DryRun') {
    const planned = clusters.reduce((total, outcome) => total + ('changes' in outcome ? outcome.changes.length : 0), 0);
    return `mesh ${mesh}: ${planned} objects would change; nothing was written`;
  }
  const done = clusters.filter((outcome) => outcome.outcome === 'Applied' && outcome.unconnected.length === 0).length;
  const counts = `${sum('created')} created, ${sum('configured')} configured, ${sum('unchanged')} unchanged`;
  return `mesh ${mesh}: ${done} of ${clusters.length} clusters are as declared (${counts}) after ${seconds.toFixed(1)} s, ${requests} requests, ${writes} writes`;
}

function nextLine({ mode, clusters }: ApplyReport, file: string): string {
  if (mode === 'DryRun') return `next: isthmus apply -f ${file}`;
  const whole = clusters.every(
    (outcome) => outcome.outcome === 'Left' || (outcome.outcome === 'Applied' && outcome.unconnected.length === 0),
  );
  return whole ? `next: isthmus verify -f ${file}` : `Nothing needs undoing. Resume with: isthmus apply -f ${file}`;
}
