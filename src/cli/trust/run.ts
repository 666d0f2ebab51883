import type { TrustReport } from '../../report/trust.ts';
import { commonExitCode, type ExitCode, exitCodeOfVerdict } from '../shell/exit-code.ts';
import type { TrustFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { trustText } from './text.ts';

export async function runTrust(flags: TrustFlags, run: CommandRun): Promise<ExitCode> {
  const session = await openNamed(flags, run);
  const sidecars = flags.all === true ? 'All' : 'Sample';
  const report = await session.trust({ ...useCaseOptions(flags), sidecars });
  const { terminal } = run;
  const source = sourceFlags(namesOf(session.origin));
  printReport(report, flags.output, (shown) => trustText(shown, { source, color: terminal.color }), terminal);
  return exitCodeOf(report, flags);
}

/** Where no cluster answered, why the first one did not. */
function exitCodeOf({ verdict, clusters }: TrustReport, flags: TrustFlags): ExitCode {
  const errors = clusters.flatMap((cluster) => (cluster.reachable ? [] : [cluster.error]));
  if (errors.length === clusters.length && flags.acceptUnknown !== true) return commonExitCode(errors);
  return exitCodeOfVerdict(verdict, flags);
}
