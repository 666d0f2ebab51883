import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import type { KubeClient } from '../kube/client.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import type { KubeObject } from '../objects/object.ts';
import { istiodsOf } from '../snapshot/istiod-settings.ts';
import { type ReadCluster, readCluster } from '../snapshot/read-cluster.ts';

/** A cluster that istiods read and the mesh file does not name: it was removed from it, or renamed in it. */
export interface Stranger {
  readonly cluster: string;
  /** The cluster whose istiod reads it. */
  readonly reader: string;
}

export type ConnectStranger = (cluster: string, secret: KubeObject) => Promise<KubeClient>;

export interface StrangerReading {
  readonly clients: ReadonlyMap<string, KubeClient>;
  readonly connect: ConnectStranger;
  readonly signal: AbortSignal;
}

/** The names by which clusters run, where the mesh file has given them others: from the new name to that of their istiod. */
export function renamedIn(read: readonly ReadCluster[]): ReadonlyMap<string, string> {
  const names = new Set(read.map(({ cluster }) => cluster));
  const own = istiodsOf(read).flatMap(({ settings: { cluster, runsIn } }) =>
    names.has(cluster) ? [] : [[runsIn, cluster] as const],
  );
  const served = new Set(istiodsOf(read).map(({ settings }) => settings.cluster));
  return new Map(own.filter(([name]) => names.has(name) && !served.has(name)));
}

/** The clusters under the names by which they run. */
export function asTheyRun(read: readonly ReadCluster[], renamed: ReadonlyMap<string, string>): readonly ReadCluster[] {
  return read.map((one) => ({ ...one, cluster: renamed.get(one.cluster) ?? one.cluster }));
}

/** The snapshot with the names that the mesh file gives, so that it compares with what will be. */
export function withNewNames(snapshot: Snapshot, renamed: ReadonlyMap<string, string>): Snapshot {
  const news = new Map([...renamed].map(([to, from]) => [from, to]));
  const nameOf = (name: string): string => news.get(name) ?? name;
  return {
    ...snapshot,
    clusters: snapshot.clusters.map((one) => ({ ...one, cluster: nameOf(one.cluster) })),
    istiods: snapshot.istiods.map((one) => ({
      ...one,
      cluster: nameOf(one.cluster),
      runsIn: nameOf(one.runsIn),
      serves: one.serves.map(nameOf),
      remotes: one.remotes.map(nameOf),
    })),
  };
}

/**
 * The snapshot with an istiod for each stranger that was read and that none serves: an istiod's account may not read
 * Deployments, and the clusters of a mesh have their istiods set alike.
 */
export function withTheirIstiods(snapshot: Snapshot, strangers: readonly Stranger[]): Snapshot {
  const { clusters, istiods } = snapshot;
  const names = clusters.map(({ cluster }) => cluster);
  const served = new Set(istiods.flatMap(({ serves }) => serves));
  const assumed = strangers.flatMap(({ cluster, reader }) => {
    const alike = istiods.find((one) => one.cluster === reader);
    if (alike === undefined || served.has(cluster) || !names.includes(cluster)) return [];
    const remotes = names.filter((name) => name !== cluster);
    return [{ ...alike, cluster, runsIn: cluster, serves: [cluster], remotes }];
  });
  return { ...snapshot, istiods: [...istiods, ...assumed], unreadKinds: withoutStrangers(snapshot, strangers) };
}

/** Kinds that the account of an istiod may not read; the assumed istiod stands for what they would tell. */
const notForIstiods = new Set(['Deployment', 'Secret', 'ConfigMap']);

function withoutStrangers(
  { unreadKinds = {} }: Snapshot,
  strangers: readonly Stranger[],
): NonNullable<Snapshot['unreadKinds']> {
  const names = new Set(strangers.map(({ cluster }) => cluster));
  return Object.fromEntries(
    Object.entries(unreadKinds).map(([cluster, kinds]) => {
      const kept = Object.entries(kinds).filter(([kind]) => !names.has(cluster) || !notForIstiods.has(kind));
      return [cluster, Object.fromEntries(kept)];
    }),
  );
}

/** What istiods read of strangers, read as they do; the error of each that cannot be read so. */
export async function readStrangers(
  strangers: readonly Stranger[],
  reading: StrangerReading,
): Promise<{ readonly read: readonly ReadCluster[]; readonly failed: ReadonlyMap<string, IsthmusError> }> {
  const failed = new Map<string, IsthmusError>();
  const { signal } = reading;
  const read = await Promise.all(
    strangers.map(async (stranger) => {
      const limit = AbortSignal.timeout(patienceMs);
      try {
        return [await readStranger(stranger, { ...reading, signal: AbortSignal.any([signal, limit]) })];
      } catch (thrown) {
        signal.throwIfAborted();
        failed.set(stranger.cluster, limit.aborted ? silent(stranger) : asIsthmusError(thrown));
        return [];
      }
    }),
  );
  return { read: read.flat(), failed };
}

/** An address that an istiod reaches need not be reachable from here. In milliseconds. */
const patienceMs = 5_000;

function silent({ cluster }: Stranger): IsthmusError {
  return new IsthmusError('timeout', `its API server did not answer within ${patienceMs / 1000} s`, { cluster });
}

async function readStranger(
  { cluster, reader }: Stranger,
  { clients, connect, signal }: StrangerReading,
): Promise<ReadCluster> {
  const secrets = await clients
    .get(reader)
    ?.list({ apiVersion: 'v1', kind: 'Secret' }, { labelSelector: `${multiClusterLabel}=true`, signal });
  const secret = secrets?.find(({ data }) => data !== null && typeof data === 'object' && Object.hasOwn(data, cluster));
  if (secret === undefined) {
    throw new IsthmusError('not-found', `${reader} has no remote secret of ${cluster} that could be read`, { cluster });
  }
  await using client = await connect(cluster, secret);
  if (client.verification === 'Skipped') {
    throw new IsthmusError('tls-unverified', `the certificate of ${client.server} is not checked`, { cluster });
  }
  return await readCluster(client, signal);
}
