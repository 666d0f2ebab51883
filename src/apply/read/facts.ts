import type { ClusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import type { IstiodAddress } from '../../istio/istiod-address.ts';
import type { ReaderCredential } from '../../istio/reader.ts';
import type { ClusterTopology, Topology } from '../../topology/topology.ts';

/** What a control plane must know of a cluster before it may work on it. */
export interface PeerFact {
  /** The API server as peers reach it. */
  readonly server: string;
  readonly credential: ReaderCredential;
  /** The UID of its namespace kube-system; undefined where we may not read it. */
  readonly identity: string | undefined;
}

/**
 * A fact that one cluster provides and others wait for. It is the only barrier between clusters.
 * A cluster that fails rejects its fact, so that nobody waits for it.
 */
export interface Fact<T> {
  readonly value: Promise<T>;
  readonly isKnown: () => boolean;
  /** Nothing happens where it is known already, or has failed. */
  readonly provide: (value: T) => void;
  readonly fail: (error: IsthmusError) => void;
}

export function fact<T>(): Fact<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // A fact that nobody waits for may fail without anybody noticing.
  let known = false;
  const settle = (): void => {
    known = true;
  };
  promise.then(settle, settle);
  return { value: promise, isKnown: () => known, provide: resolve, fail: reject };
}

/**
 * What the other clusters wait for before they go on with a cluster. Nobody waits in a circle: `credential` and
 * `istiodCredential` need nobody else, `istiod` needs `istiodCredential` at most, and `ready` needs `istiod` at most.
 */
export interface ClusterFacts {
  /** With which the other clusters' istiods read it. */
  readonly credential: Fact<PeerFact>;
  /** With which its istiod works on it, where that runs in a hub. */
  readonly istiodCredential: Fact<PeerFact>;
  /** Where it reaches the istiod that serves it, where that runs elsewhere: its primary or its hub provides it. */
  readonly istiod: Fact<IstiodAddress>;
  /** It can be sent traffic. */
  readonly ready: Fact<void>;
}

export type MeshFacts = ReadonlyMap<ClusterName, ClusterFacts>;

/** Facts of every cluster that nobody has provided yet; those of clusters that are missing have failed. */
export function meshFacts(
  { clusters }: Topology,
  missing: ReadonlyMap<ClusterName, IsthmusError> = new Map(),
): MeshFacts {
  const facts = new Map(
    clusters.map(({ name }): [ClusterName, ClusterFacts] => [
      name,
      { credential: fact(), istiodCredential: fact(), istiod: fact(), ready: fact() },
    ]),
  );
  for (const cluster of clusters) {
    const error = missing.get(cluster.name);
    if (error !== undefined) failFacts(facts, cluster, error);
  }
  return facts;
}

/** The facts of a cluster; every cluster of the mesh has them. */
export function factsOf(facts: MeshFacts, cluster: ClusterName): ClusterFacts {
  const found = facts.get(cluster);
  if (found === undefined) throw new IsthmusError('internal', `there are no facts of cluster ${cluster}`, { cluster });
  return found;
}

/** The clusters without an istiod of their own that find theirs in this one. */
export function servedBy({ remotes, hosted }: ClusterTopology): readonly ClusterName[] {
  return [...remotes, ...hosted];
}

/** Fails every fact that a cluster would have provided. */
export function failFacts(facts: MeshFacts, topology: ClusterTopology, error: IsthmusError): void {
  const { credential, istiodCredential, ready } = factsOf(facts, topology.name);
  for (const own of [credential, istiodCredential, ready]) own.fail(error);
  for (const served of servedBy(topology)) factsOf(facts, served).istiod.fail(error);
}
