import { type ExitCode, exitCodeOfVerdict } from '../shell/exit-code.ts';
import type { DrillStatusFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { drillStatusText } from './status-text.ts';

/** Shows what drills break now, and what repairs it. */
export async function showDrills(flags: DrillStatusFlags, run: CommandRun): Promise<ExitCode> {
  const session = await openNamed(flags, run);
  const report = await session.drills(useCaseOptions(flags));
  const options = { source: sourceFlags(namesOf(session.origin)), color: run.terminal.color };
  printReport(report, flags.output, (shown) => drillStatusText(shown, options), run.terminal);
  return exitCodeOfVerdict(report.verdict, flags);
}
