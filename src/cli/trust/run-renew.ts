import { type RenewalOutcome, type RenewalReport, renewTrust } from '../../apply/run/renew-trust.ts';
import { IsthmusError } from '../../base/error.ts';
import { sourceFlags } from '../../engine/mesh-file.ts';
import { openRun } from '../../engine/open-run.ts';
import { requestOfFlags } from '../../engine/run-request.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import { type ExitCode, exitCodeOf } from '../shell/exit-code.ts';
import { renderFailure } from '../shell/failure.ts';
import type { MeshFlags } from '../shell/flags.ts';
import type { Terminal } from '../shell/terminal.ts';

export async function runTrustRenew(context: CliContext, flags: MeshFlags, terminal: Terminal): Promise<ExitCode> {
  const request = await requestOfFlags(flags, context, terminal);
  await using run = await openRun(request, { flags, context, terminal, purpose: 'Apply' });
  const report = await renewTrust(run.request);
  terminal.stdout(
    flags.output === 'json'
      ? `${JSON.stringify({ ...report, clusters: report.clusters.map(outcomeJson) }, null, 2)}\n`
      : renewalText(report, sourceFlags(flags), terminal.color),
  );
  if (context.signal.aborted) throw new IsthmusError('cancelled', 'interrupted');
  const failed = report.clusters.flatMap((outcome) => (outcome.outcome === 'Failed' ? [outcome.error] : []));
  const [first] = failed;
  if (first === undefined) return exitCodes.done;
  return report.clusters.some(({ outcome }) => outcome === 'Renewed') ? exitCodes.partial : exitCodeOf(first);
}

function renewalText({ mesh, clusters }: RenewalReport, source: string, color: boolean): string {
  const lines = clusters.map((outcome) => `${outcome.cluster}: ${wordsFor(outcome, color)}`);
  const count = clusters.filter(({ outcome }) => outcome === 'Renewed').length;
  const next = clusters.some(({ outcome }) => outcome === 'Failed')
    ? `Nothing needs undoing. Resume with: isthmus trust renew ${source}`
    : `next: isthmus trust ${source}`;
  return `${[...lines, `mesh ${mesh}: ${count} of ${clusters.length} clusters have a new intermediate`, next].join('\n')}\n`;
}

function wordsFor(outcome: RenewalOutcome, color: boolean): string {
  switch (outcome.outcome) {
    case 'Renewed':
      return `istiod signs with a new intermediate after ${outcome.seconds.toFixed(1)} s`;
    case 'Failed':
      return renderFailure(outcome.error, color).trimEnd();
    case 'Left':
      return 'left as it is';
  }
}

function outcomeJson(outcome: RenewalOutcome): unknown {
  if (outcome.outcome !== 'Failed') return outcome;
  const { code, message, remedy } = outcome.error;
  return { ...outcome, error: { code, message, remedy } };
}
