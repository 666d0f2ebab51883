import { systemClock } from '../../base/system-clock.ts';
import { inClusterAccess } from '../../kube/access/in-cluster.ts';
import { connect } from '../../kube/connect.ts';
import { runProbeClient } from '../../probe/client.ts';
import { parseClientPlan, parseServerPlan, planVariable } from '../../probe/protocol.ts';
import { parseReachPlan, runReach } from '../../probe/reach.ts';
import { runProbeServer } from '../../probe/server.ts';
import { nodeWire } from '../../probe/wire.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { Terminal } from '../shell/terminal.ts';

export async function runServer({ process, signal }: CliContext, _terminal: Terminal): Promise<ExitCode> {
  const plan = parseServerPlan(process.env[planVariable]);
  await using kube = await connect(await inClusterAccess(plan.cluster, { env: process.env }), {
    cluster: plan.cluster,
  });
  await runProbeServer({ plan, clock: systemClock, kube, signal });
  return exitCodes.done;
}

export async function runClient({ process, signal }: CliContext, terminal: Terminal): Promise<ExitCode> {
  const plan = parseClientPlan(process.env[planVariable]);
  const write = (line: string): void => terminal.stdout(`${line}\n`);
  await runProbeClient({ plan, clock: systemClock, wire: nodeWire, write, signal });
  return exitCodes.done;
}

export async function runReachProbe({ process, signal }: CliContext, terminal: Terminal): Promise<ExitCode> {
  const plan = parseReachPlan(process.env[planVariable]);
  const write = (line: string): void => terminal.stdout(`${line}\n`);
  await runReach({ plan, clock: systemClock, write, signal });
  return exitCodes.done;
}
