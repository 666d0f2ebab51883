import type { Duplex } from 'node:stream';
import type { Json } from '../base/json.ts';
import type { KindRef, KubeObject, ObjectRef } from '../objects/object.ts';

/** What every call takes: a signal that ends it, and its own time limit in milliseconds (default 30,000). */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** `Immediate` waits neither for the requests under way nor for a Retry-After: for what keeps a lock alive. */
  readonly urgency?: 'Immediate';
}

/** Which objects of a kind. */
export interface SelectionOptions extends CallOptions {
  /** Left out: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListOptions extends SelectionOptions {
  /**
   * `Metadata` asks the server for metadata alone (PartialObjectMetadata): a fraction of the bytes. The objects then
   * have their own apiVersion and kind, their metadata and nothing else. Default `Full`.
   */
  readonly content?: 'Full' | 'Metadata';
  /** Receives every object that cannot be read, which the list leaves out. */
  readonly onUnreadable?: (left: UnreadableObject) => void;
}

/** An object of which nothing is known but its name. */
export interface UnreadableObject {
  /** `EnvoyFilter shop/deep` */
  readonly object: string;
  readonly problem: string;
}

export interface ApplyOptions extends CallOptions {
  readonly fieldManager: string;
  /** `Force` takes fields over from other managers; `Refuse` (default) fails with `conflict`. */
  readonly conflicts?: 'Force' | 'Refuse';
  /** `All` lets the server compute and validate the result without storing it. */
  readonly dryRun?: 'All';
  /** Writes the status alone, of a kind that has it as a subresource. */
  readonly subresource?: 'status';
}

export interface DeleteOptions extends CallOptions {
  /** The deletion is refused (`conflict`) when the object of that name is another one by now. */
  readonly uid?: string;
  /** The deletion is refused (`conflict`) when the object was changed since it was read. */
  readonly resourceVersion?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

export interface WatchOptions extends SelectionOptions, Pick<ListOptions, 'content'> {
  readonly signal: AbortSignal;
  /** Called whenever the server shows that the watch lives: for every event, and for a bookmark about every minute. */
  readonly onProgress?: () => void;
}

export type WatchEvent =
  | { readonly type: 'Added' | 'Modified' | 'Deleted'; readonly object: KubeObject }
  /** The whole state at the start and after every re-list: an object that is not in it is gone. */
  | { readonly type: 'Listed'; readonly objects: readonly KubeObject[] };

export interface RawRequest extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path with the leading slash, e.g. `/version`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly contentType?: string;
}

export interface LogOptions extends CallOptions {
  readonly container?: string;
  readonly tailLines?: number;
  /** What was written in the last so many seconds, by the clock of the pod's node. */
  readonly sinceSeconds?: number;
}

export interface ExecTarget {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly container: string;
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
}

/** How a program in a container ended. Output beyond 1 MiB is left out. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How many requests a client has sent since it was made; `writes` are those that change something (no dry run). */
export interface RequestCounts {
  readonly requests: number;
  readonly writes: number;
}

/**
 * One cluster's API server. Every failure is an IsthmusError that carries the cluster's name:
 * `cluster-unreachable` and `timeout` (no answer), `authentication-failed` (401), `access-denied` (403),
 * `conflict` (409), `not-found` (404 on a write), `kubernetes-error` (any other Status).
 */
export interface KubeClient extends AsyncDisposable {
  /** The cluster's name as the mesh file gives it. */
  readonly cluster: string;
  /** The kubeconfig context that reaches the same cluster with kubectl; left out where there is none. */
  readonly context?: string | undefined;
  /** The API server's URL. */
  readonly server: string;
  /** The API server's certificate authority as PEM text, where the kubeconfig gives one. */
  readonly certificateAuthority: string | undefined;
  /** `Skipped`: nobody knows whether this is the cluster's own API server (insecure-skip-tls-verify). Left out, it is proved. */
  readonly verification?: 'Skipped' | undefined;
  counts(): RequestCounts;
  /** How far the API server's clock is behind ours, in milliseconds; undefined where no answer has told it. */
  clockLagMs?(): number | undefined;
  /** The object, or undefined where it (or its kind) does not exist. */
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined>;
  /** All objects of a kind; empty where the server does not know the kind. Read in pages. */
  list(kind: KindRef, options?: ListOptions): Promise<readonly KubeObject[]>;
  /** Server-side apply. Gives the object as the server stored it. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  create(object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<'deleted' | 'absent'>;
  /** Lists, then watches, for ever: re-lists after 410, reconnects with back-off. Ends when the signal is aborted. */
  watch(kind: KindRef, options: WatchOptions): AsyncIterable<WatchEvent>;
  logs(pod: { readonly namespace: string; readonly name: string }, options?: LogOptions): Promise<string>;
  /** One connection to a port of a pod. */
  forward(
    pod: { readonly namespace: string; readonly name: string },
    port: number,
    options?: CallOptions,
  ): Promise<Duplex>;
  /** Runs a program in a container to its end. `exec-failed` where it could not be started. */
  exec(target: ExecTarget, options?: CallOptions): Promise<ExecResult>;
  /** Any request to the API server; the parsed JSON body, or the text where it is not JSON. */
  raw(request: RawRequest): Promise<Json>;
}
