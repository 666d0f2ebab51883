import { describe, expect, test } from 'vitest';
import { createCounters } from '../base/counters.ts';
import { IsthmusError } from '../base/error.ts';
import type { LogEntry } from '../base/logger.ts';
import type { KubeClient, WatchEvent } from '../kube/client.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { type ClusterAccessor, type ClusterAccessorOptions, createClusterAccessor } from './cluster.ts';

const configMap = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const ref = { ...configMap, namespace: 'default', name: 'a' };
const away = new IsthmusError('cluster-unreachable', 'cluster west: cannot reach https://west: refused', {
  cluster: 'west',
  remedy: 'check that it runs',
});

interface Scene {
  readonly cluster: ClusterAccessor;
  readonly ports: ClusterAccessorOptions['ports'];
  readonly clock: ReturnType<typeof handClock>;
  readonly counters: ReturnType<typeof createCounters>;
  readonly entries: readonly LogEntry[];
  readonly abort: () => void;
  /** How often a connection was tried. */
  attempts(): number;
  /** The server stops answering, or answers again. */
  set(error: IsthmusError | undefined): void;
  clients(): readonly FakeClient[];
}

/** Backoff without spread: 1 s, 2 s, 4 s … 60 s. */
function scene(): Scene {
  const clock = handClock();
  const counters = createCounters();
  const entries: LogEntry[] = [];
  const ending = new AbortController();
  const clients: FakeClient[] = [];
  let attempts = 0;
  let failure: IsthmusError | undefined;
  const intercept = (): void => {
    if (failure !== undefined) throw failure;
  };
  const ports: ClusterAccessorOptions['ports'] = {
    clock,
    random: () => 1,
    signal: ending.signal,
    logger: (entry) => entries.push(entry),
    counters: counters.count,
  };
  const connect = async (): Promise<KubeClient> => {
    attempts += 1;
    const client = createFake({ intercept });
    clients.push(client);
    return client;
  };
  return {
    cluster: createClusterAccessor({ name: 'west', connect, ports }),
    ports,
    clock,
    counters,
    entries,
    abort: () => ending.abort(),
    attempts: () => attempts,
    set: (error) => {
      failure = error;
    },
    clients: () => clients,
  };
}

describe('an accessor of a cluster', () => {
  test('connects when it is first asked, once for all who ask together', async () => {
    const it = scene();
    await using cluster = it.cluster;
    expect(cluster.connection()).toMatchObject({ state: 'NotConnected', lastError: undefined, health: undefined });
    expect(it.attempts()).toBe(0);
    const [first, second] = await Promise.all([cluster.client(), cluster.client()]);
    expect(first).toBe(second);
    expect(it.attempts()).toBe(1);
    expect(cluster.connection()).toMatchObject({
      state: 'Connected',
      since: it.clock.now(),
      health: { version: 'v1.36.0', user: 'fake-admin', identity: expect.any(String) },
    });
    expect(await first.get(ref)).toBeUndefined();
    expect(first).toMatchObject({ cluster: 'west', server: 'https://west.invalid:6443' });
  });

  test('answers at once while the next attempt is not due, later and later', async () => {
    const it = scene();
    await using cluster = it.cluster;
    it.set(away);
    await expect(cluster.client()).rejects.toBe(away);
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      const { nextAttemptAt = 0 } = cluster.connection();
      const pause = nextAttemptAt - it.clock.now();
      pauses.push(pause / 1000);
      it.clock.advance(pause - 1);
      await expect(cluster.client()).rejects.toMatchObject({
        code: 'cluster-unreachable',
        cluster: 'west',
        retry: true,
        remedy: 'check that it runs',
        message: 'not connected to west: cannot reach https://west: refused (next attempt in 1 s)',
      });
      expect(it.attempts()).toBe(attempt);
      it.clock.advance(1);
      await expect(cluster.client()).rejects.toBe(away);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    it.set(undefined);
    it.clock.advance(60_000);
    await cluster.client();
    expect(cluster.connection()).toMatchObject({ state: 'Connected', lastError: away, nextAttemptAt: undefined });
  });

  test('that refuses the credential differs from one that is away, also between two attempts', async () => {
    const it = scene();
    await using cluster = it.cluster;
    it.set(new IsthmusError('authentication-failed', 'it does not accept our credentials'));
    await expect(cluster.client()).rejects.toMatchObject({ code: 'authentication-failed' });
    await expect(cluster.client()).rejects.toMatchObject({
      code: 'authentication-failed',
      message: expect.stringMatching(/^not connected to west: .*accept our credentials \(next attempt in 1 s\)$/),
    });
  });

  test('is not connected once a call finds the way dead, and its client goes on after a reconnection', async () => {
    const it = scene();
    await using cluster = it.cluster;
    const client = await cluster.client();
    await client.create({ ...configMap, metadata: { name: 'a', namespace: 'default' } });
    const { since } = cluster.connection();
    it.clock.advance(5_000);
    it.set(away);
    await expect(client.get(ref)).rejects.toBe(away);
    expect(cluster.connection()).toMatchObject({ state: 'NotConnected', since: since + 5_000, lastError: away });
    await expect(client.list(configMap)).rejects.toThrow('not connected to west');
    const asked = it.clients()[0]?.counts().requests;
    it.set(undefined);
    await expect(client.list(configMap)).rejects.toThrow('(next attempt in 1 s)');
    expect(it.clients()[0]?.counts().requests).toBe(asked);
    it.clock.advance(1_000);
    expect(await client.list(configMap)).toEqual([]);
    expect(it.attempts()).toBe(2);
    expect(cluster.connection().since).toBe(since + 6_000);
    expect(it.counters.values()).toEqual([{ counter: 'Reconnects', labels: { cluster: 'west' }, value: 1 }]);
    const sent = it.clients().map((one) => one.counts());
    expect(client.counts()).toEqual({
      requests: (sent[0]?.requests ?? 0) + (sent[1]?.requests ?? 0),
      writes: 1,
    });
    expect(it.entries.map(({ level, message, cluster: name }) => [level, message, name])).toEqual([
      ['info', 'connected', 'west'],
      ['warning', 'the connection was lost', 'west'],
      ['info', 'connected', 'west'],
    ]);
  });

  test('a success starts the delays over', async () => {
    const it = scene();
    await using cluster = it.cluster;
    it.set(away);
    await expect(cluster.client()).rejects.toBe(away);
    it.clock.advance(1_000);
    await expect(cluster.client()).rejects.toBe(away);
    it.set(undefined);
    it.clock.advance(2_000);
    const client = await cluster.client();
    it.set(away);
    await expect(client.get(ref)).rejects.toBe(away);
    expect(cluster.connection().nextAttemptAt).toBe(it.clock.now() + 1_000);
  });

  test('errors that say nothing of the way change nothing; credentials that are refused are read again', async () => {
    const it = scene();
    await using cluster = it.cluster;
    const client = await cluster.client();
    for (const code of ['access-denied', 'conflict', 'timeout', 'kubernetes-error'] as const) {
      const error = new IsthmusError(code, 'no');
      it.set(error);
      await expect(client.get(ref)).rejects.toBe(error);
      expect(cluster.connection().state).toBe('Connected');
    }
    it.set(new IsthmusError('authentication-failed', 'cluster west: it does not accept our credentials'));
    await expect(client.get(ref)).rejects.toMatchObject({ code: 'authentication-failed' });
    it.set(undefined);
    it.clock.advance(1_000);
    await client.get(ref);
    expect(it.attempts()).toBe(2);
  });

  test('calls under way when another finds the way dead are not taken for interrupted', async () => {
    const closed = new AbortController();
    const hanging = (): Promise<never> =>
      new Promise((_, reject) => {
        closed.signal.addEventListener('abort', () => reject(new IsthmusError('cancelled', 'cancelled: read a log')));
      });
    const client: KubeClient = {
      ...createFake({
        intercept: ({ verb }) => {
          if (verb === 'list') throw away;
        },
      }),
      logs: hanging,
      [Symbol.asyncDispose]: async () => closed.abort(),
    };
    const { ports } = scene();
    await using cluster = createClusterAccessor({ name: 'west', connect: async () => client, ports });
    const guarded = await cluster.client();
    const log = guarded.logs({ namespace: 'default', name: 'pod' });
    await Promise.all([
      expect(log).rejects.toMatchObject({
        code: 'cluster-unreachable',
        message: expect.stringContaining('not connected to west'),
      }),
      expect(guarded.list(configMap)).rejects.toBe(away),
    ]);
  });

  test('a check finds a loss that no call has met, and reads the health again', async () => {
    const it = scene();
    await using cluster = it.cluster;
    expect(await cluster.check()).toMatchObject({ state: 'Connected' });
    const { since } = cluster.connection();
    it.clock.advance(1_000);
    expect(await cluster.check()).toMatchObject({ state: 'Connected', since });
    it.set(new IsthmusError('timeout', 'cluster west: no answer'));
    expect(await cluster.check()).toMatchObject({ state: 'NotConnected', lastError: { code: 'timeout' } });
    expect(await cluster.check()).toMatchObject({ state: 'NotConnected' });
    expect(it.attempts()).toBe(1);
    const aborted = AbortSignal.abort();
    it.set(undefined);
    it.clock.advance(1_000);
    await expect(cluster.check(aborted)).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('a watch goes on over a reconnection: it lists again', async () => {
    const it = scene();
    await using cluster = it.cluster;
    const client: KubeClient = await cluster.client();
    const stop = new AbortController();
    const events = client.watch(configMap, { signal: stop.signal })[Symbol.asyncIterator]();
    const next = async (): Promise<WatchEvent['type'] | undefined> => {
      const { value } = await events.next();
      return value === undefined ? undefined : (value as WatchEvent).type;
    };
    expect(await next()).toBe('Listed');
    it.set(away);
    await expect(client.get(ref)).rejects.toBe(away);
    it.set(undefined);
    const again = next();
    await new Promise((resolve) => setImmediate(resolve));
    it.clock.advance(1_000);
    expect(await again).toBe('Listed');
    expect(it.attempts()).toBe(2);
    stop.abort();
    expect(await next()).toBeUndefined();
  });

  test('the first list of a watch fails as any call does', async () => {
    const it = scene();
    await using cluster = it.cluster;
    const client = await cluster.client();
    it.set(away);
    const first = client.watch(configMap, { signal: new AbortController().signal })[Symbol.asyncIterator]().next();
    await expect(first).rejects.toBe(away);
    expect(cluster.connection().state).toBe('NotConnected');
  });

  test('a signal ends one that waits, and not the attempt that others wait for', async () => {
    const it = scene();
    await using cluster = it.cluster;
    const impatient = new AbortController();
    const [gone, there] = [cluster.client(impatient.signal), cluster.client()];
    impatient.abort();
    await expect(gone).rejects.toMatchObject({ code: 'cancelled', cluster: 'west' });
    await there;
    expect(it.attempts()).toBe(1);
  });

  test('is closed with its clients, and by the signal of the process', async () => {
    const it = scene();
    const client = await it.cluster.client();
    await it.cluster[Symbol.asyncDispose]();
    await expect(client.get(ref)).rejects.toMatchObject({ code: 'cancelled' });
    await expect(it.clients()[0]?.get(ref)).rejects.toMatchObject({ code: 'cancelled' });
    const other = scene();
    await other.cluster.client();
    other.abort();
    await expect(other.cluster.client()).rejects.toMatchObject({ code: 'cancelled' });
    await other.cluster[Symbol.asyncDispose]();
  });
});
