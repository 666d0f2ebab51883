import { IsthmusError } from '../base/error.ts';
import { applyUseCase } from './apply.ts';
import { joinUseCase } from './join.ts';
import { leaveUseCase } from './leave.ts';
import { rolesUseCase } from './mesh-roles.ts';
import type { MeshSession } from './mesh-session.ts';
import type { OpenOptions } from './options.ts';
import { planUseCase } from './plan.ts';
import type { EnginePorts } from './ports.ts';
import { readSource } from './read-source.ts';
import { renderUseCase } from './render.ts';
import { renewTrustUseCase } from './renew-trust.ts';
import { sessionOf } from './session.ts';
import { snapshotUseCase } from './snapshot.ts';
import type { MeshSource } from './source.ts';
import { statusUseCase } from './status.ts';
import { traceUseCase } from './trace.ts';
import { trustUseCase } from './trust.ts';
import { planUninstallUseCase, uninstallUseCase } from './uninstall.ts';
import { verifyUseCase } from './verify.ts';
import { whatifUseCase } from './whatif.ts';

/**
 * Reads the declared mesh of a source. It connects to a cluster only where the source is one (`home`), and keeps no
 * connection of it. Throws `invalid-config` with all findings where the source does not describe a mesh, `file-unreadable`,
 * `not-found`, `context-not-found` or `cluster-unreachable` where it cannot be read, and `stale-plan` where a mesh file
 * beside a plan declares another mesh.
 *
 * @example
 * const session = await openMesh({ file: 'mesh.yaml' }, nodePorts());
 * console.log(`${session.mesh}: ${session.clusters.join(', ')}`);
 */
export async function openMesh(
  source: MeshSource,
  ports: EnginePorts,
  options: OpenOptions = {},
): Promise<MeshSession> {
  const state = sessionOf(await readSource(source, ports), ports, options);
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
    render: async (options = {}) => await renderUseCase(state, options),
    status: async (options = {}) => await statusUseCase(state, options),
    verify: async (options = {}) => await verifyUseCase(state, options),
    trace: async (options) => await traceUseCase(state, options),
    whatif: async (options = {}) => await whatifUseCase(state, options),
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
