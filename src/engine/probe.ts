import { inClusterAccess } from '../kube/access/in-cluster.ts';
import { connect } from '../kube/connect.ts';
import { runProbeClient } from '../probe/client.ts';
import { parseClientPlan, parseServerPlan, planVariable } from '../probe/protocol.ts';
import { parseReachPlan, runReach } from '../probe/reach.ts';
import { runProbeServer } from '../probe/server.ts';
import { nodeWire } from '../probe/wire.ts';
import { signalOf } from './limits.ts';
import type { EnginePorts } from './ports.ts';

/** What a throw-away pod does: answer requests, send those of a plan, or open API servers. */
export type ProbeRole = 'Server' | 'Client' | 'Reach';

/** Runs inside a throw-away pod of `verify` or `join`, by the plan in its environment; writes its results line by line. */
export async function runProbe(role: ProbeRole, ports: EnginePorts, writeLine: (line: string) => void): Promise<void> {
  const { clock, environment } = ports;
  const plan = environment[planVariable];
  const signal = signalOf(ports);
  switch (role) {
    case 'Server':
      return await runServer(plan, ports);
    case 'Client':
      return await runProbeClient({ plan: parseClientPlan(plan), clock, wire: nodeWire, write: writeLine, signal });
    case 'Reach':
      return await runReach({ plan: parseReachPlan(plan), clock, write: writeLine, signal });
  }
}

async function runServer(text: string | undefined, ports: EnginePorts): Promise<void> {
  const plan = parseServerPlan(text);
  const access = await inClusterAccess(plan.cluster, ports);
  await using kube = await connect(access, { ...ports, cluster: plan.cluster });
  await runProbeServer({ plan, clock: ports.clock, kube, signal: signalOf(ports) });
}
