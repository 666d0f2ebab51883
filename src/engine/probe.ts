import { inClusterAccess } from '../kube/access/in-cluster.ts';
import { connect } from '../kube/connect.ts';
import { runProbeClient } from '../probe/client.ts';
import { runKeptProbe } from '../probe/keep.ts';
import { parseKeptPlan } from '../probe/keep-protocol.ts';
import { runLoad } from '../probe/load.ts';
import { loadPlan } from '../probe/load-protocol.ts';
import { parseClientPlan, parsePlan, parseServerPlan, planVariable } from '../probe/protocol.ts';
import { parseReachPlan, runReach } from '../probe/reach.ts';
import { runProbeServer } from '../probe/server.ts';
import { nodeWire } from '../probe/wire.ts';
import { runUndoer, undoerPlan } from '../undo/undoer.ts';
import { signalOf } from './limits.ts';
import type { EnginePorts } from './ports.ts';

/** What a pod does: answer requests, send those of a plan, open API servers, answer and send for as long as it runs, send so many requests a second; or put back what a shift changed or a drill broke. */
export type ProbeRole = 'Server' | 'Client' | 'Reach' | 'Keep' | 'Load' | 'Undo';

/** Runs inside a throw-away pod of `verify` or `join`, or in the one that an operator keeps in each cluster, by the plan in its environment; writes its results line by line. */
export async function runProbe(role: ProbeRole, ports: EnginePorts, writeLine: (line: string) => void): Promise<void> {
  const { clock, environment, random } = ports;
  const plan = environment[planVariable];
  const signal = signalOf(ports);
  switch (role) {
    case 'Server':
      return await runServer(plan, ports);
    case 'Client':
      return await runProbeClient({ plan: parseClientPlan(plan), clock, wire: nodeWire, write: writeLine, signal });
    case 'Reach':
      return await runReach({ plan: parseReachPlan(plan), clock, write: writeLine, signal });
    case 'Keep':
      return await runKeptProbe({ plan: parseKeptPlan(plan), clock, wire: nodeWire, random, write: writeLine, signal });
    case 'Load':
      return await runLoad({ plan: parsePlan(loadPlan, plan), clock, wire: nodeWire, write: writeLine, signal });
    case 'Undo':
      return await runUndo(plan, ports, writeLine);
  }
}

async function runUndo(text: string | undefined, ports: EnginePorts, writeLine: (line: string) => void): Promise<void> {
  const plan = parsePlan(undoerPlan, text);
  const access = await inClusterAccess(plan.cluster, ports);
  await using kube = await connect(access, { ...ports, cluster: plan.cluster });
  const write = (line: object): void => writeLine(JSON.stringify(line));
  await runUndoer({ plan, kube, clock: ports.clock, write, signal: signalOf(ports) });
}

async function runServer(text: string | undefined, ports: EnginePorts): Promise<void> {
  const plan = parseServerPlan(text);
  const access = await inClusterAccess(plan.cluster, ports);
  await using kube = await connect(access, { ...ports, cluster: plan.cluster });
  await runProbeServer({ plan, clock: ports.clock, kube, signal: signalOf(ports) });
}
