import { nodePorts } from '../../node-ports.ts';
import { createLog, runOperator } from '../../operator-process.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { CommandRun } from '../shell/open.ts';
import type { RunFlags } from './run-flags.ts';

/** Runs the operator until the process gets a signal to end. A lost leadership is a failure: whoever started the process starts it again. */
export async function keepHome(flags: RunFlags, { context, terminal }: CommandRun): Promise<ExitCode> {
  const { leaderElectionId: lease, logLevel, ...given } = flags;
  const ports = nodePorts(context.process.env);
  // A pod that was replaced has the name of no other one, but a process in it may have the number of its predecessor.
  const holder = `${ports.holder}/${ports.crypto.randomUUID().slice(0, 8)}`;
  const log = createLog(logLevel, (line) => terminal.stdout(line));
  const onServing = (at: number): void => log({ level: 'info', message: 'answers', fields: { port: at } });
  const options = { ...given, lease, log, onServing };
  const end = await runOperator(options, { ...ports, holder }, context.signal);
  return end === 'Stopped' ? exitCodes.done : exitCodes.unexpected;
}
