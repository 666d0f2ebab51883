import type { ClusterName } from '../api/name.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { otherMeshError } from '../base/other-mesh.ts';
import type { Lock, LockOptions } from '../fleet/lock.ts';
import type { ClusterPorts, Limits } from '../fleet/ports.ts';
import { managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { type Ledger, newLedger, type RemovalContext } from './deletion.ts';
import { type OnRemovalEvent, type RemovalReporter, removalReporter } from './events.ts';
import { type Guard, openGuard } from './guard.ts';
import { deletePeerSecret, peerSecretsIn } from './peers.ts';
import { isClean } from './proof.ts';
import { examine, removeFromCluster, type Wish } from './remove-cluster.ts';
import type { ClusterPlan, ClusterRemoval, RemovalPlan, RemovalReport, RemovedFacts } from './report.ts';
import { removalRights, requireRights } from './rights.ts';

/** What a removal takes from outside. */
export interface RemovalPorts extends ClusterPorts {
  readonly onEvent: OnRemovalEvent;
  /** Of a process that has several runs at once; left out, the lock is this run's own. */
  readonly openLock?: ((options: LockOptions) => Lock) | undefined;
}

/** What is to be removed, and from where. */
export interface RemovalScope {
  /** The clusters to empty. */
  readonly chosen: readonly ClusterName[];
  readonly reach: Wish['reach'];
  readonly definitions: Wish['definitions'];
}

export interface RemovalRequest {
  readonly mesh: ResolvedMesh;
  readonly ports: RemovalPorts;
  readonly scope: RemovalScope;
  readonly limits: Limits;
}

/** What another operation adds to a removal that it is made of. */
export interface RemovalHooks {
  /** Left out, events are those of an uninstall. */
  readonly report?: RemovalReporter;
  /** Awaited when the clusters that stay have lost their remote secrets, before anything else is removed. */
  readonly afterPeers?: (signal: AbortSignal) => Promise<void>;
}

/** Reads every cluster and says what would be removed. Writes nothing. A cluster that cannot be read costs its own part. */
export async function planRemoval(request: RemovalRequest): Promise<RemovalPlan> {
  const { mesh, ports, scope } = request;
  const { clients, signal } = ports;
  const { chosen } = scope;
  const others = [...clients].filter(([name]) => !chosen.includes(name));
  const question = { mesh: mesh.name, gone: chosen, signal };
  const [clusters, secrets] = await Promise.all([
    Promise.all(chosen.map((cluster) => readPlan(cluster, request))),
    Promise.all(others.map(([cluster, client]) => peerSecretsIn(cluster, client, question))),
  ]);
  if (scope.reach === 'Mesh') refuseOtherMesh(clusters, mesh.name);
  return { mesh: mesh.name, clusters, peerSecrets: secrets.flat() };
}

/** Throws where clusters hold another mesh and nothing of this one: its name is a typing error, most likely. */
function refuseOtherMesh(clusters: readonly ClusterPlan[], mesh: string): void {
  const holding = clusters.flatMap((part) => {
    if (part.state !== 'Read') return [];
    const labels = part.examined.survey.objects
      .filter(({ metadata }) => metadata.labels?.[managedByLabel] === managedByValue)
      .flatMap(({ metadata }) => metadata.labels?.[meshLabel] ?? []);
    const holds = labels.includes(mesh) ? undefined : labels[0];
    return holds === undefined ? [] : [{ cluster: part.cluster, holds }];
  });
  const [first] = holding;
  if (first === undefined) return;
  const names = holding.filter(({ holds }) => holds === first.holds).map(({ cluster }) => cluster);
  throw otherMeshError(names, { holds: first.holds, declared: mesh });
}

async function readPlan(cluster: ClusterName, request: RemovalRequest): Promise<ClusterPlan> {
  const { clients, signal } = request.ports;
  const client = clients.get(cluster);
  if (client === undefined) return { cluster, state: 'Failed', error: absence(cluster, request.ports) };
  try {
    const examined = await examine(client, wishOf(request), { signal });
    await requireRights(client, removalRights(examined), signal);
    return { cluster, state: 'Read', examined };
  } catch (error) {
    if (signal.aborted) throw error;
    return { cluster, state: 'Failed', error: asIsthmusError(error) };
  }
}

function wishOf({ mesh, scope: { reach, definitions } }: RemovalRequest): Wish {
  return { mesh: mesh.name, reach, definitions };
}

function absence(cluster: ClusterName, { unreachable }: RemovalPorts): IsthmusError {
  return unreachable.get(cluster) ?? new IsthmusError('internal', `cluster ${cluster} was not opened`, { cluster });
}

/**
 * Carries a plan out. The remote secrets in the clusters that stay go first, so that nothing is sent to what is about to
 * end; then every chosen cluster is emptied at once, the home cluster's own records last of all.
 */
export async function carryOutRemoval(
  plan: RemovalPlan,
  request: RemovalRequest,
  { afterPeers, report = removalReporter('uninstall', request.ports) }: RemovalHooks = {},
): Promise<RemovalReport> {
  const { mesh, ports, limits } = request;
  const { clock } = ports;
  const started = clock.monotonic();
  await using lock = openGuard(plan, mesh, ports, report);
  const context: RemovalRun = { request, report, lock, deadline: started + limits.timeoutMs };
  const peers = await removePeerSecrets(plan, context);
  await afterPeers?.(lock.signal);
  const others = plan.clusters.filter(({ cluster }) => cluster !== mesh.home).map((part) => runCluster(part, context));
  const othersDone = Promise.allSettled(others).then(() => undefined);
  const beforeSystem = (): Promise<void> => othersDone.then(() => lock.release());
  const atHome = plan.clusters
    .filter(({ cluster }) => cluster === mesh.home)
    .map((part) => runCluster(part, { ...context, beforeSystem }));
  const done = await Promise.all([...atHome, ...others]);
  return {
    mesh: plan.mesh,
    clusters: plan.clusters.flatMap(({ cluster }) => done.find((one) => one.cluster === cluster) ?? []),
    ...peers,
    seconds: (clock.monotonic() - started) / 1000,
  };
}

interface RemovalRun {
  readonly request: RemovalRequest;
  readonly report: RemovalReporter;
  readonly lock: Guard;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly beforeSystem?: () => Promise<void>;
}

async function removePeerSecrets(
  { peerSecrets }: RemovalPlan,
  { request, lock }: RemovalRun,
): Promise<Pick<RemovalReport, 'peerSecrets' | 'peerFailures'>> {
  const { ports, scope } = request;
  const done: { cluster: ClusterName; removed: string }[] = [];
  const failed = [...ports.unreachable]
    .filter(([cluster]) => !scope.chosen.includes(cluster))
    .map(([cluster, error]) => ({ cluster, error }));
  for (const entry of peerSecrets) {
    const client = ports.clients.get(entry.cluster);
    if (client === undefined) continue;
    try {
      await lock.hold();
      await deletePeerSecret(client, entry);
      done.push({ cluster: entry.cluster, removed: entry.removed });
    } catch (thrown) {
      const error = asIsthmusError(thrown);
      if (ports.signal.aborted || error.code === 'lock-held') throw error;
      failed.push({ cluster: entry.cluster, error });
    }
  }
  return { peerSecrets: done, peerFailures: failed };
}

async function runCluster(part: ClusterPlan, run: RemovalRun): Promise<ClusterRemoval> {
  const { cluster } = part;
  const ledger = newLedger();
  if (part.state === 'Failed') return { cluster, outcome: 'Failed', error: part.error, ...factsOf(ledger, {}) };
  const { request, report, lock, deadline, beforeSystem = () => Promise.resolve() } = run;
  const { clients, clock } = request.ports;
  const client = clients.get(cluster);
  const { sidecars } = part.examined.verdict;
  if (client === undefined) {
    return { cluster, outcome: 'Failed', error: absence(cluster, request.ports), ...factsOf(ledger, sidecars) };
  }
  const context: RemovalContext = {
    client,
    clock,
    signal: lock.signal,
    deadline,
    report,
    beforeWrite: lock.hold,
    ledger,
  };
  try {
    const proof = await removeFromCluster({ wish: wishOf(request), context, namespace: part.namespace, beforeSystem });
    const outcome = isClean(proof) && ledger.stuck.size === 0 ? 'Removed' : 'Stuck';
    return { cluster, outcome, proof, ...factsOf(ledger, sidecars) };
  } catch (error) {
    return { cluster, outcome: 'Failed', error: asIsthmusError(error), ...factsOf(ledger, sidecars) };
  }
}

function factsOf({ removed, released, stripped, stuck }: Ledger, sidecars: RemovedFacts['sidecars']): RemovedFacts {
  return {
    removed: Object.fromEntries([...removed].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    released,
    stripped,
    stuck: [...stuck.values()],
    sidecars,
  };
}
