import { type Clock, timeOf } from '../base/clock.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { Remedy } from '../base/remedy.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { type IstiodPlace, readIstiods } from '../observe/istiod.ts';
import { maxHostNames, resolutionsFor } from './host-names.ts';
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
  /** What to do about them, where it is known. */
  readonly hints: ReadonlyMap<string, Remedy>;
  /** Istiods of which it is not known what they have synced, by the cluster that they work for, each with why. */
  readonly unasked: ReadonlyMap<string, string>;
  readonly gaps: readonly string[];
}

/**
 * Reads every cluster at once. One that does not answer, or whose pods may not be read, is missing from the snapshot and
 * named among its gaps; with no cluster at all the first error is thrown.
 */
export async function takeSnapshot(clients: readonly KubeClient[], options: TakeOptions): Promise<TakenSnapshot> {
  const mesh = await readMesh(clients, options);
  const { snapshot, unasked } = await modelOf(mesh, options.resolve);
  const left = `${unasked} host names of gateways were not looked up: ${maxHostNames} are`;
  const takenAt = timeOf(options.clock);
  return {
    snapshot: { ...snapshot, readAt: takenAt },
    takenAt,
    gaps: unasked === 0 ? mesh.gaps : [...mesh.gaps, left],
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
  const unasked = new Map<string, string>();
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
        unasked.set(settings.cluster, message);
        gaps.push(`which clusters the istiod of ${settings.cluster} has synced is not known: ${message}`);
      }
    }),
  );
  const hints = new Map(
    [...failures].flatMap(([cluster, one]) => (one.remedy ? [[cluster, one.remedy] as const] : [])),
  );
  return { clusters, unsynced, unread, hints, unasked, gaps };
}

/** What the model makes predictions from. */
export async function snapshotOf(mesh: ModelParts, resolve: TakeOptions['resolve']): Promise<Snapshot> {
  return (await modelOf(mesh, resolve)).snapshot;
}

type ModelParts = Pick<ReadMesh, 'clusters' | 'unsynced' | 'unread' | 'hints' | 'unasked'>;

/** `unasked`: how many host names of gateways are more than are looked up. */
async function modelOf(
  { clusters: read, unsynced, unread, hints, unasked: silent }: ModelParts,
  resolve: TakeOptions['resolve'],
): Promise<{ readonly snapshot: Snapshot; readonly unasked: number }> {
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
    ...(hints.size === 0 ? {} : { hints: Object.fromEntries(hints) }),
    ...(silent.size === 0 ? {} : { unasked: Object.fromEntries(silent) }),
    ...(kinds.length === 0 ? {} : { unreadKinds: Object.fromEntries(kinds) }),
  };
  const { resolutions, unasked } = await resolutionsFor({ clusters, istiods }, resolve);
  return { snapshot: { clusters, istiods, ...lost, resolutions }, unasked };
}

/** An istiod that gave up waiting for a cluster goes on without it: its endpoints are not there. */
async function unsyncedOf(place: IstiodPlace, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const [view] = await readIstiods(place, signal);
  return new Set(
    view?.clusters.flatMap(({ cluster, status }) => (status === 'timeout' || status === 'closed' ? [cluster] : [])),
  );
}
