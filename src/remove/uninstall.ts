import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { type Lock, openLock } from '../fleet/lock.ts';
import type { KubeClient } from '../kube/client.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { type Ledger, newLedger, type RemovalContext } from './deletion.ts';
import type { OnRemovalEvent } from './events.ts';
import { deletePeerSecret, peerSecretsIn } from './peers.ts';
import { isClean } from './proof.ts';
import { examine, hasWork, removeFromCluster, type Wish } from './remove-cluster.ts';
import type { ClusterPlan, ClusterRemoval, RemovalPlan, RemovalReport, RemovedFacts } from './report.ts';
import { removalRights, requireRights } from './rights.ts';

export interface UninstallOptions {
  readonly declared: DeclaredMesh;
  /** The clusters that answered, chosen or not. */
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  /** Those that did not, and why. */
  readonly unreachable: ReadonlyMap<ClusterName, IsthmusError>;
  /** The clusters to empty. */
  readonly chosen: readonly ClusterName[];
  readonly reach: Wish['reach'];
  readonly definitions: Wish['definitions'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long the whole may take; what hangs is then said. Milliseconds. */
  readonly timeoutMs: number;
  /** Who writes, for the lock. */
  readonly holder: string;
  readonly onEvent: OnRemovalEvent;
  /** Awaited when the clusters that stay have lost their remote secrets, before anything else is removed. */
  readonly afterPeers?: (signal: AbortSignal) => Promise<void>;
}

/** Reads every cluster and says what would be removed. Writes nothing. A cluster that cannot be read costs its own part. */
export async function planRemoval(options: UninstallOptions): Promise<RemovalPlan> {
  const { declared, chosen, clients, signal } = options;
  const mesh = declared.mesh.metadata.name;
  const others = [...clients].filter(([name]) => !chosen.includes(name));
  const [clusters, secrets] = await Promise.all([
    Promise.all(chosen.map((cluster) => readPlan(cluster, options))),
    Promise.all(others.map(([cluster, client]) => peerSecretsIn(cluster, client, { mesh, gone: chosen, signal }))),
  ]);
  return { mesh, clusters, peerSecrets: secrets.flat() };
}

async function readPlan(cluster: ClusterName, options: UninstallOptions): Promise<ClusterPlan> {
  const client = options.clients.get(cluster);
  if (client === undefined) return { cluster, state: 'Failed', error: absence(cluster, options) };
  try {
    const examined = await examine(client, wishOf(options), { signal: options.signal });
    await requireRights(client, removalRights(examined), options.signal);
    return { cluster, state: 'Read', examined };
  } catch (error) {
    if (options.signal.aborted) throw error;
    return { cluster, state: 'Failed', error: asIsthmusError(error) };
  }
}

function wishOf({ declared, reach, definitions }: UninstallOptions): Wish {
  return { mesh: declared.mesh.metadata.name, reach, definitions };
}

function absence(cluster: ClusterName, { unreachable }: UninstallOptions): IsthmusError {
  return unreachable.get(cluster) ?? new IsthmusError('internal', `cluster ${cluster} was not opened`, { cluster });
}

/**
 * Carries a plan out. The remote secrets in the clusters that stay go first, so that nothing is sent to what is about to
 * end; then every chosen cluster is emptied at once, the home cluster's own records last of all.
 */
export async function carryOutRemoval(plan: RemovalPlan, options: UninstallOptions): Promise<RemovalReport> {
  const { clock, declared } = options;
  const started = clock.monotonic();
  await using lock = openGuard(plan, options);
  const run: Run = { options, lock, deadline: started + options.timeoutMs };
  const peers = await removePeerSecrets(plan, run);
  await options.afterPeers?.(lock.signal);
  const home = declared.home.metadata.name;
  const others = plan.clusters.filter(({ cluster }) => cluster !== home).map((part) => runCluster(part, run));
  const othersDone = Promise.allSettled(others).then(() => undefined);
  const atHome = plan.clusters
    .filter(({ cluster }) => cluster === home)
    .map((part) => runCluster(part, { ...run, beforeSystem: () => othersDone.then(() => lock.release()) }));
  const done = await Promise.all([...atHome, ...others]);
  return {
    mesh: plan.mesh,
    clusters: plan.clusters.flatMap(({ cluster }) => done.find((one) => one.cluster === cluster) ?? []),
    ...peers,
    seconds: (clock.monotonic() - started) / 1000,
  };
}

interface Run {
  readonly options: UninstallOptions;
  readonly lock: Guard;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly beforeSystem?: () => Promise<void>;
}

/** The mesh's lock, as far as there is one to take. */
interface Guard extends AsyncDisposable {
  readonly hold: () => Promise<void>;
  /** The lock itself is about to be removed: it is given up, and not taken again. */
  readonly release: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Without a home cluster that holds anything there is no lock: its namespace is not made for the sake of being removed. */
function openGuard({ clusters }: RemovalPlan, options: UninstallOptions): Guard {
  const { declared, clients, holder, clock, signal, onEvent } = options;
  const cluster = declared.home.metadata.name;
  const client = clients.get(cluster);
  const read = clusters.find((part) => part.cluster === cluster);
  const isEmpty = read?.state === 'Read' && !hasWork(read.examined.verdict);
  let lock: Lock | undefined;
  if (client === undefined) {
    const message = 'the home cluster does not answer, so nobody is kept from applying at the same time';
    onEvent({ type: 'Notice', cluster, message });
  } else if (!isEmpty) {
    const onHeld = (message: string): void => onEvent({ type: 'Notice', cluster, message });
    lock = openLock({ client, mesh: declared.mesh.metadata.name, holder, clock, signal, onHeld });
  }
  const lockSignal = lock?.signal ?? signal;
  const release = async (): Promise<void> => {
    const held = lock;
    lock = undefined;
    await held?.[Symbol.asyncDispose]();
  };
  return {
    signal: lockSignal,
    hold: async () => {
      // Whoever wrote before us left what every pass reads anew.
      await lock?.hold(undefined);
    },
    release,
    [Symbol.asyncDispose]: release,
  };
}

async function removePeerSecrets(
  { peerSecrets }: RemovalPlan,
  { options, lock }: Run,
): Promise<Pick<RemovalReport, 'peerSecrets' | 'peerFailures'>> {
  const done: { cluster: ClusterName; removed: string }[] = [];
  const failed = [...options.unreachable]
    .filter(([cluster]) => !options.chosen.includes(cluster))
    .map(([cluster, error]) => ({ cluster, error }));
  for (const entry of peerSecrets) {
    const client = options.clients.get(entry.cluster);
    if (client === undefined) continue;
    try {
      await lock.hold();
      await deletePeerSecret(client, entry);
      done.push({ cluster: entry.cluster, removed: entry.removed });
    } catch (thrown) {
      const error = asIsthmusError(thrown);
      if (options.signal.aborted || error.code === 'lock-held') throw error;
      failed.push({ cluster: entry.cluster, error });
    }
  }
  return { peerSecrets: done, peerFailures: failed };
}

async function runCluster(part: ClusterPlan, run: Run): Promise<ClusterRemoval> {
  const { cluster } = part;
  const ledger = newLedger();
  if (part.state === 'Failed') return { cluster, outcome: 'Failed', error: part.error, ...factsOf(ledger, {}) };
  const { options, lock, deadline, beforeSystem = () => Promise.resolve() } = run;
  const client = options.clients.get(cluster);
  const { sidecars } = part.examined.verdict;
  if (client === undefined) {
    return { cluster, outcome: 'Failed', error: absence(cluster, options), ...factsOf(ledger, sidecars) };
  }
  const context: RemovalContext = {
    client,
    clock: options.clock,
    signal: lock.signal,
    deadline,
    onEvent: options.onEvent,
    beforeWrite: lock.hold,
    ledger,
  };
  try {
    const proof = await removeFromCluster({ wish: wishOf(options), context, namespace: part.namespace, beforeSystem });
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
