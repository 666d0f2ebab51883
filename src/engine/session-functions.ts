import { IsthmusError } from '../base/error.ts';
import { applyUseCase } from './apply.ts';
import { doctorUseCase } from './doctor.ts';
import { drillUseCase } from './drill/drill.ts';
import { drillsUseCase } from './drill/drills.ts';
import { factsUseCase } from './facts.ts';
import { joinUseCase } from './join.ts';
import { leaveUseCase } from './leave.ts';
import { rolesUseCase } from './mesh-roles.ts';
import type { MeshSession } from './mesh-session.ts';
import { operatorApplyUseCase } from './operator-apply.ts';
import { planUseCase } from './plan.ts';
import { renderUseCase } from './render.ts';
import { renewTrustUseCase } from './renew-trust.ts';
import { servicesUseCase } from './services.ts';
import type { SessionState } from './session.ts';
import { shiftsUseCase, shiftUseCase, steerShiftUseCase } from './shift/shift.ts';
import { snapshotUseCase } from './snapshot.ts';
import { statusUseCase } from './status.ts';
import { traceUseCase } from './trace.ts';
import { trustUseCase } from './trust.ts';
import { planUninstallUseCase, uninstallUseCase } from './uninstall.ts';
import { verifyUseCase } from './verify.ts';
import { versionsUseCase } from './versions.ts';
import { whatifUseCase } from './whatif.ts';

/** The use cases as functions of a session. */
export function meshSessionOf(state: SessionState): MeshSession {
  const { findings, origin } = state.source;
  const known = state.mesh instanceof IsthmusError ? undefined : state.mesh;
  return {
    mesh: known?.name,
    clusters: known?.names ?? [],
    origin,
    findings,
    connections: () => state.connections.states(),
    [Symbol.asyncDispose]: async () => await state.connections[Symbol.asyncDispose](),
    plan: async (options = {}) => await planUseCase(state, options),
    apply: async (options = {}) => await applyUseCase(state, options),
    applyByOperator: async (options = {}) => await operatorApplyUseCase(state, options),
    render: async (options = {}) => await renderUseCase(state, options),
    status: async (options = {}) => await statusUseCase(state, options),
    doctor: async (options = {}) => await doctorUseCase(state, options),
    versions: async (options = {}) => await versionsUseCase(state, options),
    verify: async (options = {}) => await verifyUseCase(state, options),
    services: async (options = {}) => await servicesUseCase(state, options),
    shift: async (options) => await shiftUseCase(state, options),
    shifts: async (options = {}) => await shiftsUseCase(state, options),
    steerShift: async (options) => await steerShiftUseCase(state, options),
    drill: async (options) => await drillUseCase(state, options),
    drills: async (options = {}) => await drillsUseCase(state, options),
    trace: async (options) => await traceUseCase(state, options),
    whatif: async (options = {}) => await whatifUseCase(state, options),
    facts: async (options = {}) => await factsUseCase(state, options),
    snapshot: async (folder, options = {}) => await snapshotUseCase(state, folder, options),
    trust: async (options = {}) => await trustUseCase(state, options),
    renewTrust: async (options = {}) => await renewTrustUseCase(state, options),
    roles: async (options) => rolesUseCase(state, options),
    join: async (cluster, options = {}) => await joinUseCase(state, cluster, options),
    leave: async (cluster, options = {}) => await leaveUseCase(state, cluster, options),
    planUninstall: async (options = {}) => await planUninstallUseCase(state, options),
    uninstall: async (options = {}) => await uninstallUseCase(state, options),
  };
}
