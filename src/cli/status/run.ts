import type { StatusReport } from '../../report/status.ts';
import { commonExitCode, type ExitCode, exitCodeOfVerdict } from '../shell/exit-code.ts';
import type { StatusFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { statusText } from './text.ts';

/** Of the clusters as they are, or as a snapshot holds them: then as of its time. */
export async function runStatus(flags: StatusFlags, run: CommandRun): Promise<ExitCode> {
  const session = await openNamed(flags, run);
  const report = await session.status({
    ...useCaseOptions(flags),
    istioctl: flags.istioctl,
    helm: flags.helm,
    ...(flags.fast === true ? { drift: 'Leave' } : {}),
  });
  // What is to be done is done to the mesh as it is now, whose file only the reader knows where it is.
  const { snapshot } = flags;
  const source = sourceFlags(snapshot === undefined ? flags : { file: '-' });
  const { terminal } = run;
  printReport(report, flags.output, (shown) => statusText(shown, { source, color: terminal.color }), terminal);
  return exitCodeOf(report, flags);
}

/** Where no cluster answered, why the first one did not. */
function exitCodeOf({ verdict, clusters }: StatusReport, flags: StatusFlags): ExitCode {
  const errors = clusters.flatMap((cluster) => (cluster.reachable ? [] : [cluster.error]));
  if (errors.length === clusters.length && flags.acceptUnknown !== true) return commonExitCode(errors);
  return exitCodeOfVerdict(verdict, flags);
}
