import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { TrustFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { trustText } from './text.ts';

export async function runTrust(flags: TrustFlags, run: CommandRun): Promise<ExitCode> {
  const session = await openNamed(flags, run);
  const sidecars = flags.all === true ? 'All' : 'Sample';
  const report = await session.trust({ ...useCaseOptions(flags), sidecars });
  const { terminal } = run;
  const source = sourceFlags(session.origin);
  printReport(report, flags.output, (shown) => trustText(shown, { source, color: terminal.color }), terminal);
  return report.ok ? exitCodes.done : exitCodes.answerIsNo;
}
