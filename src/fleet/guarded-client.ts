import type { KubeClient, RequestCounts, WatchEvent, WatchOptions } from '../kube/client.ts';
import type { KindRef } from '../objects/object.ts';

/** What a guarded client asks before and after each call. */
export interface ClientGate {
  readonly cluster: string;
  /** Ends every call. */
  readonly ended: AbortSignal;
  /** The client of the present connection, after reconnecting where that is due; rejects where it is not. */
  current(signal: AbortSignal | undefined): Promise<KubeClient>;
  /** The client that was connected last, whether or not it still is. */
  latest(): KubeClient;
  /** False also for no client at all. */
  isCurrent(client: KubeClient | undefined): boolean;
  /** Takes note of a failed call, and gives the error for the caller. */
  failure(client: KubeClient, error: unknown, signal: AbortSignal | undefined): unknown;
  /** Resolves when an attempt may be made. */
  untilDue(signal: AbortSignal): Promise<void>;
  counts(): RequestCounts;
}

/**
 * A client that stays the same while the connection behind it comes and goes. Disposing it does nothing: the connection
 * belongs to the accessor.
 */
export function guardedClient(gate: ClientGate): KubeClient {
  const through = async <T>(signal: AbortSignal | undefined, call: (client: KubeClient) => Promise<T>): Promise<T> => {
    const client = await gate.current(signal);
    try {
      return await call(client);
    } catch (error) {
      throw gate.failure(client, error, signal);
    }
  };
  return {
    cluster: gate.cluster,
    get server() {
      return gate.latest().server;
    },
    get context() {
      return gate.latest().context;
    },
    get certificateAuthority() {
      return gate.latest().certificateAuthority;
    },
    get verification() {
      return gate.latest().verification;
    },
    counts: () => gate.counts(),
    clockLagMs: () => gate.latest().clockLagMs?.(),
    get: (ref, options) => through(options?.signal, (client) => client.get(ref, options)),
    list: (kind, options) => through(options?.signal, (client) => client.list(kind, options)),
    apply: (object, options) => through(options.signal, (client) => client.apply(object, options)),
    create: (object, options) => through(options?.signal, (client) => client.create(object, options)),
    delete: (ref, options) => through(options?.signal, (client) => client.delete(ref, options)),
    watch: (kind, options) => watchThrough(gate, kind, options),
    logs: (pod, options) => through(options?.signal, (client) => client.logs(pod, options)),
    forward: (pod, port, options) => through(options?.signal, (client) => client.forward(pod, port, options)),
    exec: (target, options) => through(options?.signal, (client) => client.exec(target, options)),
    raw: (request) => through(request.signal, (client) => client.raw(request)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A watch outlives its connection: after the first list it waits for the next one and lists again. */
async function* watchThrough(gate: ClientGate, kind: KindRef, options: WatchOptions): AsyncGenerator<WatchEvent, void> {
  const signal = AbortSignal.any([options.signal, gate.ended]);
  const progress = { listed: false };
  while (!signal.aborted) {
    try {
      if ((yield* watchSession(gate, kind, { ...options, signal, progress })) === 'Ended') return;
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await gate.untilDue(signal);
  }
}

/** Watches as long as one connection lasts. Throws where nothing was listed yet, and where the connection still is. */
async function* watchSession(
  gate: ClientGate,
  kind: KindRef,
  { progress, ...options }: WatchOptions & { readonly progress: { listed: boolean } },
): AsyncGenerator<WatchEvent, 'Ended' | 'Lost'> {
  let client: KubeClient | undefined;
  try {
    client = await gate.current(options.signal);
    for await (const event of client.watch(kind, options)) {
      progress.listed = true;
      yield event;
    }
  } catch (error) {
    const failure = client === undefined ? error : gate.failure(client, error, options.signal);
    if (!progress.listed || gate.isCurrent(client)) throw failure;
  }
  return gate.isCurrent(client) ? 'Ended' : 'Lost';
}
