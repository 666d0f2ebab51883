import type { Finding } from '../base/finding.ts';
import type { Failure } from '../diagnose/facts/hop.ts';
import type { Path } from '../diagnose/facts/pair.ts';

export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** A server and the caller by their SPIFFE ids, as the server's sidecar saw them; null where it saw none. */
export interface Identities {
  readonly client: string | null;
  readonly server: string | null;
}

/** Requests from one cluster to a service whose endpoints are only in another (or the same, of a mesh of one). */
export interface PairResult {
  readonly from: string;
  readonly to: string;
  readonly ok: boolean;
  /** False where a cluster could not be reached, so that nothing is known. It counts as a failure. */
  readonly tested: boolean;
  readonly expectedPath: Path;
  /** The path that the requests took; null where none arrived or the sidecar did not say. */
  readonly path: Path | null;
  /** `address:port` of the endpoints that the client's sidecar sent successful requests to. */
  readonly via: readonly string[];
  readonly identity: { readonly expected: Identities; readonly seen: Identities };
  readonly latencyMs: Latency | null;
  /** Measured requests, and how many of them failed. */
  readonly requests: number;
  readonly failures: number;
  /** Failures of measurements that were repeated because a single request failed. */
  readonly earlierFailures: number;
  /** Milliseconds from the client's start to its first answer. */
  readonly reachedAfterMs: number | null;
  readonly failure: Failure | null;
}

export interface Share {
  readonly cluster: string;
  readonly requests: number;
  readonly percent: number;
}

/** The least that some clusters must get together. */
export interface ShareExpectation {
  readonly clusters: readonly string[];
  readonly minimumPercent: number;
}

/** Requests from one cluster to a service with endpoints in all tested clusters. */
export interface SharedResult {
  readonly service: string;
  readonly from: string;
  readonly ok: boolean;
  readonly tested: boolean;
  /** `LocalFirst`: locality failover keeps the requests near, so no share is expected of the others. */
  readonly mode: 'Shared' | 'LocalFirst';
  readonly shares: readonly Share[];
  readonly expectations: readonly ShareExpectation[];
  readonly latencyMs: Latency | null;
  readonly requests: number;
  readonly failures: number;
  /** Failures of measurements that were repeated because a single request failed. */
  readonly earlierFailures: number;
  readonly failure: Failure | null;
}

export interface ClusterResult {
  readonly name: string;
  readonly network: string;
  /** False where the cluster could not be reached or refused the probe's objects. */
  readonly tested: boolean;
  /** Why it was not tested. */
  readonly finding: Finding | null;
  /** Milliseconds from the start of the run until both pods were ready; null where they never were. */
  readonly podsReadyAfterMs: number | null;
  /** `Requested`: the namespace is being deleted. `Gone`: it is deleted. `Failed`: it deletes itself when it expires. */
  readonly cleanUp: 'Nothing' | 'Requested' | 'Gone' | 'Failed';
  /** Expired namespaces of earlier runs that were deleted. */
  readonly swept: readonly string[];
  /** Namespaces that are marked like those of earlier runs and were left. */
  readonly spared: readonly { readonly namespace: string; readonly reason: string }[];
  /** Why what earlier runs left could not be looked for. */
  readonly unswept?: string;
}

/** What a verification found; src/report has the form in which shells show it. */
export interface VerifyReport {
  readonly apiVersion: 'isthmus.dev/v1alpha1';
  readonly kind: 'VerifyReport';
  readonly mesh: string;
  readonly trustDomain: string;
  readonly namespace: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Milliseconds from the start of the run until it saw the first answer from another cluster; null if none came. */
  readonly firstCrossClusterMs: number | null;
  readonly ok: boolean;
  readonly passed: number;
  readonly total: number;
  readonly clusters: readonly ClusterResult[];
  readonly pairs: readonly PairResult[];
  readonly shared: readonly SharedResult[];
}
