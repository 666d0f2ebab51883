import { IsthmusError } from '../../base/error.ts';
import { explainCode } from '../../engine/explain-code.ts';
import { nodePorts } from '../../node-ports.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { DoctorFlags } from '../shell/flags.ts';
import type { CommandRun } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { mostForALook, refuseStored, watchReport } from '../shell/watch.ts';
import { explanationText } from './explain-text.ts';
import { formOf, look, openWanted, sourceOf } from './look.ts';
import { runFix } from './run-fix.ts';

/** Says what is wrong with a mesh, or what a code means. */
export async function runDoctor(flags: DoctorFlags, run: CommandRun): Promise<ExitCode> {
  const { terminal } = run;
  if (flags.explain !== undefined) {
    printReport(explainCode(flags.explain), formOf(flags), explanationText, terminal);
    return exitCodes.done;
  }
  refuseActive(flags);
  if (flags.fix === true) return await runFix(flags, run);
  if (flags.watch === true) return await runWatch(flags, run);
  const session = await openWanted(flags, run);
  const { text, code } = await look(session, flags, terminal);
  terminal.stdout(text);
  return code;
}

/** Requests are sent once, and to clusters. */
function refuseActive({ active, snapshot, watch }: DoctorFlags): void {
  if (active !== true || (snapshot === undefined && watch !== true)) return;
  const [what, flag] =
    snapshot === undefined
      ? ['each look would make new pods', '--watch']
      : ['a snapshot answers no requests', '--snapshot'];
  throw new IsthmusError('usage', what, { remedy: `leave \`--active\` or \`${flag}\` out` });
}

async function runWatch(flags: DoctorFlags, run: CommandRun): Promise<ExitCode> {
  refuseStored(flags);
  if (flags.bundle !== undefined) {
    throw new IsthmusError('usage', 'an archive is of one look', { remedy: 'leave `--watch` or `--bundle` out' });
  }
  await using session = await openWanted(flags, { ...run, connections: 'Kept' });
  const limited = { ...flags, timeout: Math.min(flags.timeout, mostForALook) };
  const { context, terminal } = run;
  return await watchReport({
    look: async () => await look(session, limited, terminal),
    intervalMs: flags.interval,
    title: `isthmus doctor ${sourceOf(session, flags)}`,
    clock: nodePorts(context.process.env).clock,
    signal: context.signal,
    terminal,
  });
}
