import { IsthmusError } from '../../base/error.ts';
import type { RenewalOutcome, RenewalReport } from '../../report/renewal.ts';
import { type ExitCode, exitCodeOf, exitCodes } from '../shell/exit-code.ts';
import { renderFailure } from '../shell/failure.ts';
import type { RenewFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';

export async function runTrustRenew(flags: RenewFlags, run: CommandRun): Promise<ExitCode> {
  const session = await openNamed(flags, run);
  const report = await session.renewTrust(useCaseOptions(flags));
  const { context, terminal } = run;
  const options = { source: sourceFlags(namesOf(session.origin)), color: terminal.color };
  printReport(report, flags.output, (shown) => renewalText(shown, options), terminal);
  if (context.signal.aborted) throw new IsthmusError('cancelled', 'interrupted');
  const [failed] = report.clusters.flatMap((outcome) => (outcome.outcome === 'Failed' ? [outcome.error] : []));
  if (failed === undefined) return exitCodes.done;
  return report.clusters.some(({ outcome }) => outcome === 'Renewed') ? exitCodes.partial : exitCodeOf(failed);
}

interface TextOptions {
  readonly source: string;
  readonly color: boolean;
}

export function renewalText({ mesh, clusters }: RenewalReport, options: TextOptions): string {
  const lines = clusters.map((outcome) => `${outcome.cluster}: ${wordsFor(outcome, options)}`);
  const count = clusters.filter(({ outcome }) => outcome === 'Renewed').length;
  const next = clusters.some(({ outcome }) => outcome === 'Failed')
    ? `Nothing needs undoing. Resume with: isthmus trust renew ${options.source}`
    : `next: isthmus trust ${options.source}`;
  return `${[...lines, `mesh ${mesh}: ${count} of ${clusters.length} clusters have a new intermediate`, next].join('\n')}\n`;
}

function wordsFor(outcome: RenewalOutcome, options: TextOptions): string {
  switch (outcome.outcome) {
    case 'Renewed':
      return `istiod signs with a new intermediate after ${outcome.seconds.toFixed(1)} s`;
    case 'Failed':
      return renderFailure(outcome.error, options).trimEnd();
    case 'Left':
      return 'left as it is';
  }
}
