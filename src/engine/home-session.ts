import type { Clock } from '../base/clock.ts';
import type { IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import type { Remedy } from '../base/remedy.ts';
import type { ObjectChange } from '../keep/changes.ts';
import type { KeptDocument } from '../keep/documents.ts';
import type { Happening } from '../keep/record.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { EndpointDifference } from '../observe/endpoint-differences.ts';
import type { Finding } from '../report/finding.ts';
import type { Abandoned } from './abandon.ts';
import type { MeshSession } from './mesh-session.ts';
import type { PlanOptions } from './options.ts';

export type { EndpointDifference, Happening, KeptDocument, ObjectChange };

/** How a process that keeps a mesh reaches its home cluster, and what of its documents counts. */
export interface HomeOptions {
  /** A context of the user's kubeconfig; left out, the cluster of the pod that the process runs in. */
  readonly context?: string | undefined;
  /** The URL by which other clusters reach the API server of the home cluster, where its MeshCluster has no `spec.peerServer`. */
  readonly homeServer?: string | undefined;
  /** Values of `spec.istio.charts` and `spec.trust.issuer.files` that the documents may have. */
  readonly accept?: readonly string[] | undefined;
  /** The name that the home cluster has before its documents are read. */
  readonly called: string;
  /** What the pods run that prove the data path; left out, the image of throw-away pods. */
  readonly probeImage?: string | undefined;
}

/** The home cluster of a mesh, for the one process that keeps the mesh. Disposing it closes the connection. */
export interface HomeSession extends AsyncDisposable {
  /** Shows the time of its API server. */
  readonly clock: Clock;
  /** Waits until this process leads; rejects only where the signal ends it. */
  lead(options: LeadOptions): Promise<Leadership>;
  /** Tells of every change of a document, until the signal is aborted. */
  watch(listener: WatchListener, signal: AbortSignal): void;
  /** The documents as they are now, and the mesh that they describe. Writes of that mesh end with the leadership. */
  read(leadership: Pick<Leadership, 'signal' | 'check'>): Promise<HomeState>;
  /** The documents alone. */
  documents(signal: AbortSignal): Promise<readonly KeptDocument[]>;
  /** Writes the status of a document, and nothing else of it. False where the document is gone. */
  writeStatus(document: Pick<KeptDocument, 'kind' | 'name' | 'namespace'>, status: JsonObject): Promise<boolean>;
  /** Sees to it that a MeshCluster is not gone before it was let go of. */
  hold(document: Pick<KeptDocument, 'name' | 'uid'>): Promise<void>;
  /** Lets a deleted MeshCluster go. `Forgotten`: it leaves no record; else the mesh goes on with it as it was declared. */
  release(document: Pick<KeptDocument, 'name' | 'uid' | 'spec'>, record: ReleaseRecord): Promise<void>;
  /** Tells of something once; again within ten minutes it is only counted. Never rejects. */
  record(happening: Happening): Promise<void>;
}

/** What is kept of a document that goes: under the name of its mesh, or nothing. */
export type ReleaseRecord = { readonly retainedIn: string } | { readonly forgottenIn: string } | 'NoMesh';

export interface LeadOptions {
  readonly lease: string;
  /** Of the Lease; left out, isthmus-system. */
  readonly namespace?: string | undefined;
  /** Told once of each holder that is waited for, and of each failed attempt. */
  readonly onWaiting: (message: string) => void;
  readonly signal: AbortSignal;
}

/** This process leads until it is disposed or `signal` is aborted. */
export interface Leadership extends AsyncDisposable {
  /** Aborted when the leadership is lost, or given up. */
  readonly signal: AbortSignal;
  /** Throws where it is lost, also where this process stood still for longer than it lasts: to be called before each write. */
  readonly check: () => void;
}

export interface WatchListener {
  readonly onChange: (change: ObjectChange) => void;
  readonly onFailure: (error: IsthmusError) => void;
}

export interface HomeState {
  readonly documents: readonly KeptDocument[];
  /** The mesh, or why the documents describe none. */
  readonly mesh: KeptMesh | IsthmusError;
}

export interface TokenRenewalOptions {
  /** Throws where this process may not write any longer. */
  readonly fence: () => void;
  /** What the annotation `isthmus.dev/renew-token` of each cluster says, where it has one. */
  readonly asked: ReadonlyMap<string, string>;
  /** The API servers of these peers refuse the tokens in use: they are renewed at once. */
  readonly refused?: readonly string[] | undefined;
}

/** What became of the token with which a cluster reads a peer. Times are milliseconds since the epoch. */
export interface RenewedPeer {
  readonly peer: string;
  readonly outcome:
    | 'Current'
    | 'Renewed'
    /** The istiods lost endpoints with it: the old one is back. */
    | 'Undone'
    | 'Failed'
    /** There is no remote secret of the mesh yet. */
    | 'Left';
  /** When the next renewal is due. */
  readonly dueAt?: number | undefined;
  /** When the token in use ends; undefined where it does not. */
  readonly notAfter?: number | undefined;
  /** From when on that one is about to end, because nobody has renewed it. */
  readonly endingFrom?: number | undefined;
  /** What the istiod that reads is known to do wrong with changed tokens, because it is older than a fix. */
  readonly advice?: readonly string[] | undefined;
  /** What was lost, or why it failed. */
  readonly why?: string | undefined;
  /** How many endpoints an istiod holds of the peer, as many as before; left out where the token before was refused. */
  readonly endpoints?: number | undefined;
}

/** A pair of clusters whose token could not be put back, and why. */
export interface TokenLeft {
  readonly reader: string;
  readonly peer: string;
  readonly why: string;
  /** When the token in use ends, RFC 3339; left out where that is not known. */
  readonly notAfter?: string;
}

/** A mesh as its home cluster keeps it. Disposing it closes its connections. */
export interface KeptMesh extends AsyncDisposable {
  readonly session: MeshSession;
  /** The name of the home cluster in the mesh. */
  readonly home: string;
  /** False where the mesh cannot do without the cluster: its home, and one in which the istiod of another one runs. */
  mayLeave(cluster: string): boolean;
  /**
   * Forgets that Isthmus made what the cluster holds, and what the others hold for it alone; all of it stays. A cluster that is not
   * reached costs its own part.
   */
  abandon(cluster: string, options: Omit<PlanOptions, 'clusters'>): Promise<readonly Abandoned[]>;
  readonly probes: KeptProbes;
  readonly endpoints: KeptEndpoints;
  /** Tells of every change of the issuer's Secret and of those that lead to its clusters, until the signal is aborted. */
  watchSecrets(listener: WatchListener, signal: AbortSignal): void;
  /**
   * Renews the tokens with which a cluster reads its peers, where they are due or were asked for by annotation, and proves after each
   * swap that its istiods hold what they held. What was begun is finished, also where `signal` ends it.
   */
  renewTokens(cluster: string, options: TokenRenewalOptions): Promise<readonly RenewedPeer[]>;
  /**
   * Puts the tokens that never end back into the remote secrets of all clusters, before the process ends for good; the pairs where that
   * failed.
   */
  restoreTokens(): Promise<readonly TokenLeft[]>;
  /**
   * Renews the token with which this process itself reaches a cluster, where a grant made it and it is due or was asked for; undefined
   * where the cluster is not reached with one.
   */
  renewAccess(cluster: string, options: TokenRenewalOptions): Promise<RenewedPeer | undefined>;
  /** Tells of every change of what the mesh owns in a cluster, as metadata alone, until the signal is aborted. */
  watchOwned(cluster: string, listener: WatchListener, signal: AbortSignal): void;
}

/** What istiods hold of the clusters that they read. */
export interface KeptEndpoints {
  /**
   * What each istiod of a cluster holds of these peers against what the peers hold now. A peer is left out that istiod has not read, that
   * is none of its own, or that does not answer here. Rejects where no istiod could be asked.
   */
  compare(cluster: string, peers: readonly string[]): Promise<readonly ComparedPeer[]>;
}

export type ComparedPeer = { readonly peer: string } & (
  | {
      readonly outcome: 'Compared';
      readonly differences: readonly EndpointDifference[];
      /** What to do where differences stand. */
      readonly remedy: Remedy;
    }
  | { readonly outcome: 'Unread'; readonly why: string }
);

/** One small pod in each cluster, which sends a light request to each of the others again and again. */
export interface KeptProbes {
  /** The clusters that a cluster's pod calls; none where the documents turn it off, or where there is no other. */
  peersOf(cluster: string): readonly string[];
  /** Makes the pod of a cluster what the documents say, or takes it away. `fence` is called before each write. */
  keep(cluster: string, fence: () => void): Promise<void>;
  /** What the pod saw lately. Rejects where the cluster does not answer. */
  read(cluster: string): Promise<ProbeReading>;
  /** Takes the pods of all clusters but some away, or says what would go. A cluster that is not reached costs its own part. */
  clear(options: ClearOptions): Promise<readonly ClearedProbe[]>;
}

export interface ClearOptions {
  readonly until: 'Plan' | 'Done';
  /** Clusters whose pod stays. */
  readonly keep: readonly string[];
}

/** The Deployment that went, or would go; or why that is not known. */
export type ClearedProbe = { readonly cluster: string } & ({ readonly object: ObjectRef } | { readonly why: string });

export interface ProbeReading {
  /** Another one after each restart. */
  readonly pod: string;
  /** Why the pod sends no requests; undefined where it does. */
  readonly obstacle: Finding | undefined;
  /** Its requests in their order. */
  readonly probes: readonly PathProbe[];
}

/** One request from a cluster to another. */
export interface PathProbe {
  readonly to: string;
  /** Its number among those of its pod to that cluster: readings overlap. */
  readonly count: number;
  /** `Untested`: nothing follows about the mesh, because the request could not be sent. */
  readonly outcome: 'Answered' | 'Failed' | 'Untested';
  /** The first hop that failed. */
  readonly hop: string | undefined;
  readonly latencyMs: number | null;
  readonly finding: Finding | undefined;
  /** The addresses of the other cluster's gateway as this one's istiod gave them out; none in one network. */
  readonly gateways: readonly GatewayAnswer[];
}

/** Whether a TLS handshake with an address of a gateway came about. */
export interface GatewayAnswer {
  readonly address: string;
  readonly answers: 'Yes' | 'No' | 'Unknown';
  readonly detail?: string;
}
