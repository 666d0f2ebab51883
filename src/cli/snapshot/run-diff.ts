import { differencesBetween } from '../../engine/moments.ts';
import type { MeshDifferences } from '../../report/differences.ts';
import { type ExitCode, exitCodeOfVerdict, exitCodes } from '../shell/exit-code.ts';
import type { OutputForm } from '../shell/flags.ts';
import { type CommandRun, openSession } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { differencesText } from './diff-text.ts';

export interface DiffFlags {
  readonly output: OutputForm;
  readonly exitCode?: boolean;
  readonly acceptUnknown?: boolean;
  readonly quiet?: boolean;
  readonly noColor?: boolean;
}

/** Compares two folders of snapshots. What could not be read when they were taken goes to stderr. */
export async function runDiff(
  flags: DiffFlags,
  folders: { readonly before: string; readonly after: string },
  run: CommandRun,
): Promise<ExitCode> {
  const factsOf = async (snapshot: string) => {
    await using session = await openSession({ snapshot }, { ...flags, snapshot }, run);
    return await session.facts();
  };
  const report = differencesBetween(await factsOf(folders.before), await factsOf(folders.after));
  const options = { color: run.terminal.color, source: sourceFlags({ snapshot: folders.after }) };
  printReport(report, flags.output, (shown) => differencesText(shown, options), run.terminal);
  return conclusionOf(report, flags);
}

/** 7 where something differs and that is asked for, 10 where there may be more than was found. */
export function conclusionOf(
  { clusters, objects, istiods, uncompared, traffic }: MeshDifferences,
  flags: Pick<DiffFlags, 'exitCode' | 'acceptUnknown'>,
): ExitCode {
  const found = [...clusters.added, ...clusters.removed, ...objects, ...istiods];
  if (flags.exitCode === true && found.length > 0) return exitCodes.answerIsNo;
  return exitCodeOfVerdict(uncompared.length + traffic.unknown.length === 0 ? 'Yes' : 'Unknown', flags);
}
