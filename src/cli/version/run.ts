import { ownVersion } from '../../engine/own-version.ts';
import type { VersionReport } from '../../report/versions.ts';
import { commonExitCode, type ExitCode, exitCodeOfVerdict, exitCodes } from '../shell/exit-code.ts';
import type { VersionFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { versionText } from './text.ts';

/** Without a mesh the version of Isthmus alone, which takes neither a file nor a cluster. */
export async function runVersion(flags: VersionFlags, run: CommandRun): Promise<ExitCode> {
  const { context, terminal } = run;
  const { color } = terminal;
  if (flags.file === undefined && flags.home === undefined) {
    printReport(ownVersion(context), flags.output, (shown) => versionText(shown, { color }), terminal);
    return exitCodes.done;
  }
  const session = await openNamed(flags, run);
  const { istioctl, helm } = flags;
  const report = await session.versions({ ...useCaseOptions(flags), istioctl, helm });
  const source = sourceFlags(flags);
  printReport(report, flags.output, (shown) => versionText(shown, { source, color }), terminal);
  return exitCodeOf(report, flags);
}

/** Where no cluster answered, why. */
function exitCodeOf({ clusters }: VersionReport, flags: VersionFlags): ExitCode {
  const errors = clusters.flatMap(({ error }) => (error === undefined ? [] : [error]));
  if (errors.length === 0) return exitCodes.done;
  const isSilent = errors.length === clusters.length && flags.acceptUnknown !== true;
  return isSilent ? commonExitCode(errors) : exitCodeOfVerdict('Unknown', flags);
}
