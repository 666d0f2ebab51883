import { IsthmusError } from '../../base/error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { ClusterAccessor } from '../cluster.ts';
import type { Connection } from '../connection-state.ts';
import type { Health } from '../identity.ts';

/** A cluster accessor for tests, whose connection the test takes away and gives back. */
export interface FakeCluster extends ClusterAccessor {
  lose(error?: IsthmusError): void;
  restore(): void;
}

export interface FakeClusterOptions {
  readonly client: KubeClient;
  readonly health?: Partial<Health>;
  /** The time of every change, in milliseconds since the epoch; default 0. */
  readonly now?: () => number;
}

/** Connected at the start. Its client is the given one: calls of it do not change the state. */
export function fakeCluster({ client, health, now = () => 0 }: FakeClusterOptions): FakeCluster {
  const name = client.cluster;
  const known: Health = { version: 'v1.36.0', identity: `uid-of-${name}`, user: 'fake-admin', ...health };
  const connected = (): Connection => ({
    state: 'Connected',
    since: now(),
    health: known,
    lastError: undefined,
    nextAttemptAt: undefined,
  });
  let connection = connected();
  return {
    name,
    connection: () => connection,
    async client() {
      if (connection.state === 'Connected') return client;
      throw new IsthmusError('cluster-unreachable', `not connected to ${name}`, { cluster: name, retry: true });
    },
    check: async () => connection,
    lose(error = new IsthmusError('cluster-unreachable', `cluster ${name}: cannot reach it`, { cluster: name })) {
      connection = { ...connection, state: 'NotConnected', since: now(), lastError: error };
    },
    restore() {
      connection = connected();
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
