import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Connection, createConnectionState } from './connection-state.ts';
import { guardedClient } from './guarded-client.ts';
import { type Health, readHealth } from './identity.ts';
import type { FleetPorts } from './ports.ts';
import { createSessions, type Sessions } from './sessions.ts';

/** One cluster for as long as the process lives. Disposing it closes the connection. */
export interface ClusterAccessor extends AsyncDisposable {
  readonly name: string;
  connection(): Connection;
  /**
   * The cluster's client, connected by the first call. It stays the same over every reconnection. While the cluster is
   * not connected and the next attempt is not due, this and every call of the client fail at once with
   * `cluster-unreachable`, or `authentication-failed` where it refused the credential; the first call afterwards connects
   * again.
   */
  client(signal?: AbortSignal): Promise<KubeClient>;
  /** Asks the cluster for its health, or connects where an attempt is due. Rejects only where a signal ends it. */
  check(signal?: AbortSignal): Promise<Connection>;
}

export interface ClusterAccessorOptions {
  readonly name: string;
  /** Opens a client; called for every connection, so that an access that was renewed is read again. */
  readonly connect: () => Promise<KubeClient>;
  readonly ports: Pick<FleetPorts, 'clock' | 'random' | 'signal' | 'logger' | 'counters'>;
  /** How long the cluster has to answer the first questions, in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

export function createClusterAccessor(options: ClusterAccessorOptions): ClusterAccessor {
  const { name, connect, ports, timeoutMs = defaultTimeoutMs } = options;
  const closing = new AbortController();
  const ended = AbortSignal.any([ports.signal, closing.signal]);
  const state = createConnectionState(name, ports);
  const sessions = createSessions({ name, connect, timeoutMs, ended, state });
  const guarded = guardedClient({
    cluster: name,
    ended,
    current: sessions.current,
    latest: sessions.latest,
    isCurrent: (client) => client !== undefined && client === sessions.present(),
    failure: (client, error, signal) => (ended.aborted || signal?.aborted === true ? error : noted(client, error)),
    untilDue: (signal) => ports.clock.sleep(state.dueInMs(), signal).catch(() => undefined),
    counts: sessions.counts,
  });
  const noted = (client: KubeClient, error: unknown): unknown => {
    if (!(error instanceof IsthmusError)) return error;
    if (isLoss(error)) sessions.lost(client, error);
    // Calls under way end with the connection that another call has found dead.
    return error.code === 'cancelled' && client !== sessions.present() ? state.notConnected() : error;
  };
  return {
    name,
    connection: state.connection,
    async client(signal) {
      await sessions.current(signal);
      return guarded;
    },
    async check(signal) {
      const ending = signal === undefined ? ended : AbortSignal.any([ended, signal]);
      await askHealth(sessions, ending, timeoutMs).then(
        (health) => health === undefined || state.connected(health),
        (error: unknown) => {
          if (ending.aborted) throw error;
        },
      );
      return state.connection();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await sessions.close();
    },
  };
}

/** The health of a connection that was there before; one that is made now has told it. */
async function askHealth(sessions: Sessions, signal: AbortSignal, timeoutMs: number): Promise<Health | undefined> {
  const known = sessions.present();
  const client = await sessions.current(signal);
  if (client !== known) return undefined;
  try {
    return await readHealth(client, { timeoutMs, signal });
  } catch (error) {
    if (!signal.aborted) sessions.lost(client, asIsthmusError(error));
    throw error;
  }
}

/** After these nothing else would succeed: there is no way, or a credential has to be read again. */
function isLoss({ code }: IsthmusError): boolean {
  return code === 'cluster-unreachable' || code === 'authentication-failed';
}
