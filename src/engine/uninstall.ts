import type { ClusterName } from '../api/name.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { RemovalPlan } from '../remove/report.ts';
import { type UninstallOptions as CarryOutOptions, carryOutRemoval, planRemoval } from '../remove/uninstall.ts';
import type { UninstallPlan, UninstallReport } from '../report/uninstall.ts';
import { openMeshFleet, type SplitFleet, splitFleet } from './mesh-fleet.ts';
import { rootsOf } from './open-run.ts';
import type { UninstallOptions } from './options.ts';
import { removalPlan, removalReport } from './reporting/removal.ts';
import { chosenClusters, liveMeshOf, type SessionState, signalOf, timeoutOf } from './session.ts';

/** What `uninstall` would remove, and what would stay. Writes nothing. */
export async function planUninstallUseCase(state: SessionState, options: UninstallOptions): Promise<UninstallPlan> {
  const declared = liveMeshOf(state);
  await using fleet = await openMeshFleet(declared, state.ports);
  const chosen = chosenClusters(declared, options.clusters);
  return removalPlan(await planRemoval(removalOf(state, options, { declared, chosen, ...splitFleet(fleet) })));
}

/** Takes everything of the mesh out of the chosen clusters, stuck finalizers included, and proves what is left. */
export async function uninstallUseCase(state: SessionState, options: UninstallOptions): Promise<UninstallReport> {
  const declared = liveMeshOf(state);
  await using fleet = await openMeshFleet(declared, state.ports);
  const chosen = chosenClusters(declared, options.clusters);
  const removal = removalOf(state, options, { declared, chosen, ...splitFleet(fleet) });
  const plan = await planRemoval(removal);
  requireSomeAnswer(plan);
  await options.approve?.(removalPlan(plan));
  const report = removalReport(await carryOutRemoval(plan, removal));
  const rootFolder = chosen.length === declared.clusters.length ? await rootFolderOf(plan.mesh, state) : undefined;
  return rootFolder === undefined ? report : { ...report, rootFolder };
}

interface Reached extends SplitFleet {
  readonly declared: DeclaredMesh;
  readonly chosen: readonly ClusterName[];
}

function removalOf({ ports }: SessionState, options: UninstallOptions, reached: Reached): CarryOutOptions {
  const { declared, chosen, clients, failures } = reached;
  return {
    declared,
    chosen,
    clients,
    unreachable: failures,
    reach: options.reach ?? 'Mesh',
    definitions: options.definitions ?? 'Keep',
    clock: ports.clock,
    signal: signalOf(ports),
    timeoutMs: timeoutOf(options),
    holder: ports.holder,
    onEvent: (event) => ports.onEvent?.({ operation: 'uninstall', ...event }),
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
  return (await roots.read(mesh)) === undefined ? undefined : roots.folder(mesh);
}
