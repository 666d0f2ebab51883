import type { RemovalPlan } from '../remove/report.ts';
import { carryOutRemoval, planRemoval, type RemovalRequest } from '../remove/uninstall.ts';
import type { UninstallPlan, UninstallReport } from '../report/uninstall.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { signalOf, timeoutOf } from './limits.ts';
import { type SplitFleet, splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import { rootsOf } from './open-run.ts';
import type { UninstallOptions } from './options.ts';
import { removalPlan, removalReport } from './reporting/removal.ts';
import { chosenClusters, liveMeshOf, type SessionState } from './session.ts';

/** What `uninstall` would remove, and what would stay. Writes nothing. */
export async function planUninstallUseCase(state: SessionState, options: UninstallOptions): Promise<UninstallPlan> {
  const mesh = liveMeshOf(state);
  await using fleet = await openClusters(state, mesh, { operation: 'uninstall', carries: 'NoKeys' });
  return removalPlan(await planRemoval(requestOf(state, options, mesh, splitFleet(fleet))));
}

/** Takes everything of the mesh out of the chosen clusters, stuck finalizers included, and proves what is left. */
export async function uninstallUseCase(state: SessionState, options: UninstallOptions): Promise<UninstallReport> {
  const mesh = liveMeshOf(state);
  await using fleet = await openClusters(state, mesh, { operation: 'uninstall', carries: 'NoKeys' });
  const request = requestOf(state, options, mesh, splitFleet(fleet));
  const plan = await planRemoval(request);
  requireSomeAnswer(plan);
  await options.approve?.(removalPlan(plan));
  const report = removalReport(await carryOutRemoval(plan, request));
  const isWhole = request.scope.chosen.length === mesh.names.length;
  const rootFolder = isWhole ? await rootFolderOf(mesh.name, state) : undefined;
  return rootFolder === undefined ? report : { ...report, rootFolder };
}

function requestOf(
  { ports, openLock }: SessionState,
  options: UninstallOptions,
  mesh: ResolvedMesh,
  { clients, failures }: SplitFleet,
): RemovalRequest {
  return {
    mesh,
    ports: {
      clients,
      unreachable: failures,
      clock: ports.clock,
      signal: signalOf(ports),
      holder: ports.holder,
      onEvent: (event) => ports.onEvent?.(event),
      openLock,
    },
    scope: {
      chosen: chosenClusters(mesh, options.clusters),
      reach: options.reach ?? 'Mesh',
      definitions: options.definitions ?? 'Keep',
    },
    limits: { timeoutMs: timeoutOf(options) },
  };
}

/** Where no cluster could be read there is nothing to approve. */
function requireSomeAnswer({ clusters }: RemovalPlan): void {
  const [first] = clusters;
  if (first?.state === 'Failed' && clusters.every(({ state }) => state === 'Failed')) throw first.error;
}

/** Where the root of a removed mesh still is; undefined where it is not here. */
async function rootFolderOf(mesh: string, { ports }: SessionState): Promise<string | undefined> {
  const roots = rootsOf(ports);
  // One that must not be used is there all the same.
  const found = await roots.read(mesh).catch(() => 'Unusable' as const);
  return found === undefined ? undefined : roots.folder(mesh);
}
