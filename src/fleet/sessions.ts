import { asIsthmusError, endedBy, IsthmusError } from '../base/error.ts';
import type { KubeClient, RequestCounts } from '../kube/client.ts';
import { aboutCluster } from './access.ts';
import type { ConnectionState } from './connection-state.ts';
import { readHealth } from './identity.ts';

/** The clients of one cluster, one after another: each lives until its connection is lost. */
export interface Sessions {
  /** The present client; opens one where there is none and an attempt is due, and rejects at once where it is not. */
  current(this: void, signal?: AbortSignal): Promise<KubeClient>;
  present(): KubeClient | undefined;
  /** The client that was connected last. */
  latest(this: void): KubeClient;
  /** Closes the client, where it is the present one. */
  lost(client: KubeClient, error: IsthmusError): void;
  /** What all of them have sent. */
  counts(this: void): RequestCounts;
  close(): Promise<void>;
}

export interface SessionsOptions {
  readonly name: string;
  readonly connect: () => Promise<KubeClient>;
  readonly timeoutMs: number;
  /** Ends attempts, and lets no more begin. */
  readonly ended: AbortSignal;
  readonly state: ConnectionState;
}

export function createSessions({ name, connect, timeoutMs, ended, state }: SessionsOptions): Sessions {
  const closed = createClosed();
  const endedError = (signal: AbortSignal): IsthmusError => endedBy(signal, `connect to ${name}`, { cluster: name });
  let present: KubeClient | undefined;
  let latest: KubeClient | undefined;
  let pending: Promise<KubeClient> | undefined;

  const open = async (): Promise<KubeClient> => {
    let client: KubeClient | undefined;
    try {
      client = await connect();
      const health = await readHealth(client, { signal: ended, timeoutMs });
      ended.throwIfAborted();
      [present, latest] = [client, client];
      state.connected(health);
      return client;
    } catch (cause) {
      if (client !== undefined) closed.add(client);
      if (ended.aborted) throw endedError(ended);
      const error = aboutCluster(asIsthmusError(cause), name);
      state.failed(error);
      throw error;
    }
  };

  return {
    async current(signal) {
      if (ended.aborted) throw endedError(ended);
      if (present !== undefined) return present;
      if (pending === undefined) state.requireDue();
      pending ??= open().finally(() => {
        pending = undefined;
      });
      return signal === undefined ? await pending : await unlessAborted(pending, signal, endedError);
    },
    present: () => present,
    latest() {
      if (latest !== undefined) return latest;
      throw new IsthmusError('internal', `cluster ${name} was never connected`, { cluster: name });
    },
    lost(client, error) {
      if (client !== present) return;
      present = undefined;
      closed.add(client);
      state.failed(error);
    },
    counts: () => closed.countsWith(present),
    async close() {
      await pending?.catch(() => undefined);
      if (present !== undefined) closed.add(present);
      present = undefined;
      await closed.done();
    },
  };
}

/** `work`, or the error of an aborted signal where that comes first; the work itself goes on for others. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, error: (signal: AbortSignal) => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(error(signal));
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Clients that are closed or closing, and what they have sent. */
interface Closed {
  add(client: KubeClient): void;
  countsWith(client: KubeClient | undefined): RequestCounts;
  done(): Promise<void>;
}

function createClosed(): Closed {
  const closing = new Map<KubeClient, Promise<void>>();
  let past: RequestCounts = { requests: 0, writes: 0 };
  const close = async (client: KubeClient): Promise<void> => {
    try {
      await client[Symbol.asyncDispose]();
    } catch {
      // A connection that does not close in order is lost all the same.
    }
    past = sum([past, client.counts()]);
    closing.delete(client);
  };
  return {
    add: (client) => void closing.set(client, close(client)),
    countsWith(client) {
      const clients = [...closing.keys(), ...(client === undefined ? [] : [client])];
      return sum([past, ...clients.map((one) => one.counts())]);
    },
    async done() {
      await Promise.all(closing.values());
    },
  };
}

function sum(counts: readonly RequestCounts[]): RequestCounts {
  return {
    requests: counts.reduce((total, { requests }) => total + requests, 0),
    writes: counts.reduce((total, { writes }) => total + writes, 0),
  };
}
