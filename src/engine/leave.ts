import { readShifts, serverTime } from '../observe/shifts.ts';
import { carryOutLeave, type LeaveRequest, planLeave, refuseToLeave, without } from '../remove/leave.ts';
import { refuseNamed, refuseShifted } from '../remove/steered.ts';
import type { LeaveReport } from '../report/leave.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { applyUseCase } from './apply.ts';
import { signalOf, timeoutOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { LeaveOptions } from './options.ts';
import { leaveReport } from './reporting/leave.ts';
import { removalPlan, removalReport } from './reporting/removal.ts';
import { declaredCluster, liveMeshOf, refuseContradictions, type SessionState } from './session.ts';

const defaultDrainMs = 10_000;

/** Takes a cluster out of the mesh without a failed request, then brings the others to the mesh without it. */
export async function leaveUseCase(state: SessionState, name: string, options: LeaveOptions): Promise<LeaveReport> {
  const { ports } = state;
  const mesh = liveMeshOf(state);
  refuseContradictions(state);
  const cluster = declaredCluster(mesh, name);
  refuseToLeave(mesh, cluster);
  refuseNamed(mesh, cluster);
  const rest = resolveMesh(without(mesh.declared, cluster));
  const side = options.side ?? 'Whole';
  await using fleet = await openClusters(state, side === 'Lost' ? rest : mesh, { operation: 'leave', carries: 'Keys' });
  const { clients, failures } = splitFleet(fleet);
  if (side === 'Whole') {
    const home = fleet.client(mesh.home);
    const now = serverTime(home, ports.clock.now());
    refuseShifted(await readShifts(home, signalOf(ports)), { mesh: mesh.name, now });
  }
  const request: LeaveRequest = {
    mesh,
    ports: {
      clients,
      unreachable: failures,
      clock: ports.clock,
      signal: signalOf(ports),
      holder: ports.holder,
      onEvent: (event) => ports.onEvent?.(event),
      openLock: state.openLock,
    },
    limits: { timeoutMs: timeoutOf(options) },
    cluster,
    side,
    drainMs: options.drainMs ?? defaultDrainMs,
  };
  const plan = await planLeave(request);
  await options.approve?.(removalPlan(plan));
  const left = removalReport(await carryOutLeave(plan, request));
  if (!left.ok || ports.signal?.aborted === true || options.others === 'Leave') return leaveReport(cluster, left);
  return leaveReport(cluster, left, await applyUseCase(state, options, { mesh: rest }));
}
