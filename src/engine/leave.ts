import {
  type LeaveOptions as CarryOutOptions,
  carryOutLeave,
  planLeave,
  refuseToLeave,
  without,
} from '../remove/leave.ts';
import type { LeaveReport } from '../report/leave.ts';
import { applyUseCase } from './apply.ts';
import { openMeshFleet, splitFleet } from './mesh-fleet.ts';
import type { LeaveOptions } from './options.ts';
import { leaveReport } from './reporting/leave.ts';
import { removalPlan, removalReport } from './reporting/removal.ts';
import { declaredCluster, liveMeshOf, type SessionState, signalOf, timeoutOf } from './session.ts';

const defaultDrainMs = 10_000;

/** Takes a cluster out of the mesh without a failed request, then brings the others to the mesh without it. */
export async function leaveUseCase(state: SessionState, name: string, options: LeaveOptions): Promise<LeaveReport> {
  const { ports } = state;
  const declared = liveMeshOf(state);
  const cluster = declaredCluster(declared, name);
  refuseToLeave(declared, cluster);
  const rest = without(declared, cluster);
  const side = options.side ?? 'Whole';
  await using fleet = await openMeshFleet(side === 'Lost' ? rest : declared, ports);
  const { clients, failures } = splitFleet(fleet);
  const removal: CarryOutOptions = {
    declared,
    cluster,
    side,
    drainMs: options.drainMs ?? defaultDrainMs,
    clients,
    unreachable: failures,
    clock: ports.clock,
    signal: signalOf(ports),
    timeoutMs: timeoutOf(options),
    holder: ports.holder,
    onEvent: (event) => ports.onEvent?.({ operation: 'uninstall', ...event }),
  };
  const plan = await planLeave(removal);
  await options.approve?.(removalPlan(plan));
  const left = removalReport(await carryOutLeave(plan, removal));
  if (!left.ok || ports.signal?.aborted === true) return leaveReport(cluster, left);
  return leaveReport(cluster, left, await applyUseCase(state, options, { declared: rest }));
}
