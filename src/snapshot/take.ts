import type { Clock } from '../base/clock.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { buildIstiodViews } from '../discovery/registry/view.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { type IstiodPlace, readIstiods } from '../observe/istiod.ts';
import { istiodsOf } from './istiod-settings.ts';
import { type ReadCluster, readCluster } from './read-cluster.ts';

/** All that was read of a mesh at one time. */
export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  /** RFC 3339. */
  readonly takenAt: string;
  /** Sentences: what is not in it, so that predictions lack it too. */
  readonly gaps: readonly string[];
  /** The istiods of each cluster, as their Deployments state them. */
  readonly istiods: ReadonlyMap<string, readonly KubeObject[]>;
}

export interface TakeOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Clusters that did not answer, by name. */
  readonly unreachable: ReadonlyMap<string, IsthmusError>;
  /** The addresses of a host name; empty where there are none. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
}

/** What was read of each cluster, before anything is made of it. */
export interface ReadMesh {
  readonly clusters: readonly ReadCluster[];
  /** Clusters that an istiod has not synced, by the cluster that it works for. */
  readonly unsynced: ReadonlyMap<string, ReadonlySet<string>>;
  /** Clusters that could not be read, each with why. */
  readonly unread: ReadonlyMap<string, string>;
  readonly gaps: readonly string[];
}

/**
 * Reads every cluster at once. One that does not answer, or whose pods may not be read, is missing from the snapshot and
 * named among its gaps; with no cluster at all the first error is thrown.
 */
export async function takeSnapshot(clients: readonly KubeClient[], options: TakeOptions): Promise<TakenSnapshot> {
  const mesh = await readMesh(clients, options);
  return {
    snapshot: await snapshotOf(mesh, options.resolve),
    takenAt: new Date(options.clock.now()).toISOString(),
    gaps: mesh.gaps,
    istiods: new Map(mesh.clusters.map(({ cluster, deployments }) => [cluster, deployments])),
  };
}

export async function readMesh(
  clients: readonly KubeClient[],
  { signal, unreachable }: Pick<TakeOptions, 'signal' | 'unreachable'>,
): Promise<ReadMesh> {
  const failures = new Map<string, IsthmusError>(unreachable);
  const read = await Promise.all(
    clients.map(async (client) => {
      try {
        return [await readCluster(client, signal)];
      } catch (thrown) {
        signal.throwIfAborted();
        failures.set(client.cluster, asIsthmusError(thrown));
        return [];
      }
    }),
  );
  const clusters = read.flat();
  const [worst] = failures.values();
  if (clusters.length === 0 && worst !== undefined) throw worst;
  const unsynced = new Map<string, ReadonlySet<string>>();
  const unread = new Map([...failures].map(([cluster, { message }]) => [cluster, message]));
  const gaps = [...unread].map(([cluster, why]) => `${cluster} was not read: ${why}`);
  gaps.push(...clusters.flatMap((cluster) => cluster.gaps));
  await Promise.all(
    istiodsOf(clusters).map(async ({ settings, podNamespace }) => {
      const client = clients.find(({ cluster }) => cluster === settings.runsIn);
      if (client === undefined || settings.remotes.length === 0) return;
      try {
        unsynced.set(settings.cluster, await unsyncedOf({ client, namespace: podNamespace }, signal));
      } catch (thrown) {
        signal.throwIfAborted();
        const { message } = asIsthmusError(thrown);
        gaps.push(`which clusters the istiod of ${settings.cluster} has synced is not known: ${message}`);
      }
    }),
  );
  return { clusters, unsynced, unread, gaps };
}

/** What the model makes predictions from. */
export async function snapshotOf(
  { clusters: read, unsynced, unread }: Pick<ReadMesh, 'clusters' | 'unsynced' | 'unread'>,
  resolve: TakeOptions['resolve'],
): Promise<Snapshot> {
  const clusters = read.map(({ cluster, objects }) => ({ cluster, objects }));
  const istiods = istiodsOf(read).map(({ settings }) => {
    const left = unsynced.get(settings.cluster);
    return { ...settings, remotes: settings.remotes.filter((remote) => left?.has(remote) !== true) };
  });
  const kinds = read.flatMap(({ cluster, unreadKinds }) =>
    Object.keys(unreadKinds).length === 0 ? [] : [[cluster, unreadKinds] as const],
  );
  const lost = {
    ...(unread.size === 0 ? {} : { unread: Object.fromEntries(unread) }),
    ...(kinds.length === 0 ? {} : { unreadKinds: Object.fromEntries(kinds) }),
  };
  return { clusters, istiods, ...lost, resolutions: await resolutionsFor({ clusters, istiods }, resolve) };
}

/** An istiod that gave up waiting for a cluster goes on without it: its endpoints are not there. */
async function unsyncedOf(place: IstiodPlace, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const [view] = await readIstiods(place, signal);
  return new Set(
    view?.clusters.flatMap(({ cluster, status }) => (status === 'timeout' || status === 'closed' ? [cluster] : [])),
  );
}

/** What the host names of gateways resolve to. */
async function resolutionsFor(
  snapshot: Snapshot,
  resolve: TakeOptions['resolve'],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = new Set(
    buildIstiodViews(snapshot).flatMap(({ gateways }) => gateways.unresolved.map(({ address }) => address)),
  );
  const entries = await Promise.all([...names].map(async (name) => [name, await resolve(name)] as const));
  return Object.fromEntries(entries.filter(([, addresses]) => addresses.length > 0));
}
