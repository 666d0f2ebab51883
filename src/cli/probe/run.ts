import { type ProbeRole, runProbe } from '../../engine/probe.ts';
import { nodePorts } from '../../node-ports.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { CommandRun } from '../shell/open.ts';

export async function runProbeRole(role: ProbeRole, { context, terminal }: CommandRun): Promise<ExitCode> {
  const ports = nodePorts(context.process.env);
  await runProbe(role, { ...ports, signal: context.signal }, (line) => terminal.stdout(`${line}\n`));
  return exitCodes.done;
}
