import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { valueAt } from '../base/json.ts';
import { acquireLease, type HeldLease } from './lease.ts';
import { createFake, type FakeClient, type FakeOptions } from './testing/fake.ts';
import { type HandClock, handClock } from './testing/hand-clock.ts';

const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'system', name: 'writer' };

interface Scene {
  readonly clock: HandClock;
  readonly client: FakeClient;
  acquire(holder: string): Promise<HeldLease>;
  /** Moves time on in small steps, letting the renewals run. */
  pass(ms: number): Promise<void>;
}

function scene(options: FakeOptions = {}): Scene {
  const clock = handClock();
  const objects = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'system' } }];
  const client = createFake({ objects, clock, ...options });
  return {
    clock,
    client,
    acquire: (holder) => acquireLease(client, { namespace: 'system', name: 'writer', holder, clock }),
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += 500) {
        clock.advance(500);
        for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

async function holder({ client }: Scene): Promise<unknown> {
  return valueAt(await client.get(ref), ['spec', 'holderIdentity']);
}

describe('a Lease', () => {
  test('is renewed as long as it is held, so nobody else gets it', async () => {
    const it = scene();
    const lease = await it.acquire('ann');
    await it.pass(60_000);
    expect(lease.signal.aborted).toBe(false);
    await expect(it.acquire('bob')).rejects.toMatchObject({
      code: 'lock-held',
      message: expect.stringMatching(/^cluster west: Lease system\/writer is held by ann until 2030-01-01T00:01:1\d/),
    });
    await lease[Symbol.asyncDispose]();
  });

  test('of a dead holder is taken over after it has expired and clocks may differ, with a larger fence', async () => {
    const it = scene();
    const dead = createFake({ objects: it.client.objects(), clock: handClock() });
    const ann = await acquireLease(dead, { namespace: 'system', name: 'writer', holder: 'ann', clock: handClock() });
    const left = dead.objects().find(({ kind }) => kind === 'Lease');
    if (left === undefined) throw new Error('there is no Lease');
    const next = scene({ objects: [left] });
    next.clock.advance(16_000);
    await expect(next.acquire('bob')).rejects.toMatchObject({ code: 'lock-held' });
    next.clock.advance(1_001);
    const bob = await next.acquire('bob');
    expect(bob.fence).toBe(ann.fence + 1);
    expect(await holder(next)).toBe('bob');
    await bob[Symbol.asyncDispose]();
  });

  test('is given up though the one who acquired it was interrupted', async () => {
    const it = scene();
    const ending = new AbortController();
    const options = { namespace: 'system', name: 'writer', holder: 'ann', clock: it.clock, signal: ending.signal };
    const lease = await acquireLease(it.client, options);
    ending.abort();
    await lease[Symbol.asyncDispose]();
    expect(await holder(it)).toBe('');
  });

  test('goes to one of two that try at once', async () => {
    const it = scene();
    const results = await Promise.allSettled([it.acquire('ann'), it.acquire('bob')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'lock-held' });
    for (const result of results) if (result.status === 'fulfilled') await result.value[Symbol.asyncDispose]();
  });

  test('that another one took is lost: the signal is aborted, and it is not given up in the name of the other', async () => {
    const it = scene();
    const lease = await it.acquire('ann');
    it.client.change(ref, (object) => ({ ...object, spec: { holderIdentity: 'bob', leaseTransitions: 2 } }));
    await it.pass(5_500);
    expect(lease.signal.reason).toMatchObject({
      code: 'lock-held',
      message: expect.stringContaining('lost: bob holds'),
    });
    await lease[Symbol.asyncDispose]();
    expect(await holder(it)).toBe('bob');
  });

  test('outlives failed renewals for a while, and is lost before it expires', async () => {
    let failing = false;
    const it = scene({
      intercept: ({ verb }) => {
        if (failing && verb === 'apply') throw new IsthmusError('cluster-unreachable', 'away', { cluster: 'west' });
      },
    });
    const lease = await it.acquire('ann');
    failing = true;
    await it.pass(9_000);
    failing = false;
    await it.pass(8_000);
    expect(lease.signal.aborted).toBe(false);
    failing = true;
    await it.pass(15_000);
    expect(lease.signal.reason).toMatchObject({ code: 'lock-held', message: expect.stringContaining('in time') });
    await lease[Symbol.asyncDispose]();
  });

  test('of a process that stood still is lost when it wakes, even before its renewal wakes', async () => {
    const it = scene();
    const lease = await it.acquire('ann');
    lease.check();
    it.clock.advance(20_000);
    expect(() => lease.check()).toThrow('it could not be renewed in time');
    await it.pass(500);
    expect(lease.signal.aborted).toBe(true);
  });

  test.each([
    { name: 'an hour ahead', apart: 3_600_000 },
    { name: 'an hour behind', apart: -3_600_000 },
  ])('is judged by the clock of the server, though the one who wants it is $name', async ({ apart }) => {
    const it = scene();
    const lease = await it.acquire('ann');
    await it.pass(20_000);
    const options = { namespace: 'system', name: 'writer', holder: 'bob' };
    const clock = { ...it.clock, now: () => it.clock.now() + apart };
    await expect(acquireLease(it.client, { ...options, clock })).rejects.toMatchObject({ code: 'lock-held' });
    expect(lease.signal.aborted).toBe(false);
    const [left] = it.client.objects().filter(({ kind }) => kind === 'Lease');
    const after = scene({ objects: left === undefined ? [] : [left] });
    after.clock.advance(18_000);
    const late = { ...after.clock, now: () => after.clock.now() + apart };
    const bob = await acquireLease(after.client, { ...options, clock: late });
    expect(await holder(after)).toBe('bob');
    await Promise.all([bob[Symbol.asyncDispose](), lease[Symbol.asyncDispose]()]);
  });

  test('keeps going after a renewal whose answer was lost', async () => {
    const it = scene();
    const lease = await it.acquire('ann');
    it.client.change(ref, (object) => ({ ...object, metadata: { ...object.metadata, annotations: { a: 'b' } } }));
    await it.pass(30_000);
    expect(lease.signal.aborted).toBe(false);
    await lease[Symbol.asyncDispose]();
    expect(await holder(it)).toBe('');
  });
});
