import type { ClusterName } from '../api/name.ts';
import type { IsthmusError } from '../base/error.ts';
import type { ReaderCredential } from '../istio/reader.ts';

/** What the other clusters must know of a cluster before they may read it and send it traffic. */
export interface PeerFact {
  /** The API server as peers reach it. */
  readonly server: string;
  readonly credential: ReaderCredential;
}

/**
 * A fact that one cluster provides and others wait for. It is the only barrier between clusters.
 * A cluster that fails rejects its fact, so that nobody waits for it.
 */
export interface Fact<T> {
  readonly value: Promise<T>;
  readonly isKnown: () => boolean;
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

/** One fact per cluster. */
export type PeerFacts = ReadonlyMap<ClusterName, Fact<PeerFact>>;
