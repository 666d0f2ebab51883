import { IsthmusError } from '../base/error.ts';
import { backoffMs } from '../kube/transport/backoff.ts';
import type { Health } from './identity.ts';
import type { FleetPorts } from './ports.ts';

/** Whether a cluster is connected, and what is known of it. Times are milliseconds since the epoch. */
export interface Connection {
  readonly state: 'Connected' | 'NotConnected';
  readonly since: number;
  /** What the cluster said of itself last; undefined where it was never connected. */
  readonly health: Health | undefined;
  /** Why it is not connected, or why it was not before the present connection. */
  readonly lastError: IsthmusError | undefined;
  /** No attempt is made before; undefined where the cluster is connected or was never tried. */
  readonly nextAttemptAt: number | undefined;
}

export type StatePorts = Pick<FleetPorts, 'clock' | 'random' | 'logger' | 'counters'>;

/** The state of one cluster's connection, and when it may be tried again. */
export interface ConnectionState {
  connection(): Connection;
  /** Throws the error of `notConnected` while the next attempt is not due. */
  requireDue(): void;
  /** Milliseconds until the next attempt may be made; 0 where it may be made now. */
  dueInMs(): number;
  /** What is answered in place of an attempt. */
  notConnected(): IsthmusError;
  connected(health: Health): void;
  failed(error: IsthmusError): void;
}

/** Between two attempts, in milliseconds. */
const attemptBackoff = { firstMs: 1_000, capMs: 60_000 } as const;

export function createConnectionState(name: string, { clock, random, logger, counters }: StatePorts): ConnectionState {
  let current: Connection = {
    state: 'NotConnected',
    since: clock.now(),
    health: undefined,
    lastError: undefined,
    nextAttemptAt: undefined,
  };
  let failures = 0;
  /** On the clock that never goes back. */
  let dueAt = Number.NEGATIVE_INFINITY;
  const dueInMs = (): number => Math.max(0, dueAt - clock.monotonic());
  const notConnected = (): IsthmusError => notConnectedError(name, current.lastError, dueInMs());
  const sinceFor = (state: Connection['state']): number => (current.state === state ? current.since : clock.now());
  return {
    connection: () => current,
    dueInMs,
    notConnected,
    requireDue() {
      if (dueInMs() > 0) throw notConnected();
    },
    connected(health) {
      const isNew = current.state === 'NotConnected';
      if (isNew && current.health !== undefined) counters?.({ counter: 'Reconnects', cluster: name });
      if (isNew) {
        logger?.({ level: 'info', message: 'connected', cluster: name, fields: { version: health.version } });
      }
      current = { ...current, state: 'Connected', since: sinceFor('Connected'), health, nextAttemptAt: undefined };
      failures = 0;
      dueAt = Number.NEGATIVE_INFINITY;
    },
    failed(error) {
      failures += 1;
      const pauseMs = backoffMs(attemptBackoff, failures, random);
      dueAt = clock.monotonic() + pauseMs;
      const message = current.state === 'Connected' ? 'the connection was lost' : 'cannot connect';
      const fields = { code: error.code, reason: error.message, failures, nextAttemptMs: Math.round(pauseMs) };
      logger?.({ level: 'warning', message, cluster: name, fields });
      const nextAttemptAt = clock.now() + pauseMs;
      current = { ...current, state: 'NotConnected', since: sinceFor('NotConnected'), lastError: error, nextAttemptAt };
    },
  };
}

function notConnectedError(cluster: string, cause: IsthmusError | undefined, dueInMs: number): IsthmusError {
  const prefix = `cluster ${cluster}: `;
  const reason = cause?.message ?? 'there was no attempt yet';
  const words = reason.startsWith(prefix) ? reason.slice(prefix.length) : reason;
  const next = dueInMs > 0 ? ` (next attempt in ${Math.ceil(dueInMs / 1000)} s)` : '';
  // A cluster that refuses a credential answers: nobody may take it for one that is away.
  const code = cause?.code === 'authentication-failed' ? cause.code : 'cluster-unreachable';
  return new IsthmusError(code, `not connected to ${cluster}: ${words}${next}`, {
    cluster,
    retry: true,
    ...(cause === undefined ? {} : { cause }),
    ...(cause?.remedy === undefined ? {} : { remedy: cause.remedy }),
  });
}
