import { describe, expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import { type Lock, lockRef, openLock } from './lock.ts';

const mesh = 'shop';

function scene(objects: readonly KubeObject[] = [], onHeld: () => void = () => undefined) {
  // The retries of the lock, every half second, pass at once.
  const clock = handClock({ instantUpTo: 500 });
  const client = createFake({ clock, objects });
  const said: string[] = [];
  const ending = new AbortController();
  const open = (holder: string): Lock =>
    openLock({
      client,
      mesh,
      holder,
      clock,
      signal: ending.signal,
      onHeld: (message) => {
        said.push(message);
        onHeld();
      },
    });
  const read = () => client.get(lockRef(mesh));
  return { client, clock, said, ending, open, read };
}

describe('the lock of a mesh', () => {
  test('of a run that was alone since it read: what it read is current', async () => {
    const { open, read, said } = scene();
    const seen = await read();
    await using lock = open('ann');
    expect(await lock.hold(seen)).toBe('Current');
    expect(await lock.hold(seen)).toBe('Current');
    expect(said).toEqual([]);
  });

  test('of the next run, which read after the first had ended', async () => {
    const { open, read } = scene();
    const first = open('ann');
    await first.hold(await read());
    await first[Symbol.asyncDispose]();
    const seen = await read();
    await using second = open('bob');
    expect(await second.hold(seen)).toBe('Current');
  });

  test('of a run that read before another one held it and gave it up: outdated until it has read again', async () => {
    const { open, read } = scene();
    const seen = await read();
    const first = open('ann');
    await first.hold(await read());
    await first[Symbol.asyncDispose]();
    await using second = open('bob');
    expect(await second.hold(seen)).toBe('Outdated');
    expect(await second.hold(await read())).toBe('Current');
  });

  test('of a run that read while another held it: outdated', async () => {
    const { open, read } = scene();
    const first = open('ann');
    await first.hold(await read());
    const seen = await read();
    await first[Symbol.asyncDispose]();
    await using second = open('bob');
    expect(await second.hold(seen)).toBe('Outdated');
  });

  test('that a killed run left is taken over when it has expired, with a word about the waiting', async () => {
    const killed = scene();
    const dead = killed.open('ann');
    await dead.hold(undefined);
    const { open, read, said } = scene(killed.client.objects());
    await using lock = open('bob');
    const seen = await read();
    expect(await lock.hold(seen)).toBe('Outdated');
    expect(said).toEqual([expect.stringMatching(/is held by ann until .*; waiting for it to expire$/)]);
    expect(await lock.hold(await read())).toBe('Current');
    await dead[Symbol.asyncDispose]();
  });

  test('that a living run keeps is refused in the end', async () => {
    const holder = { holderIdentity: 'ann', leaseDurationSeconds: 3600, renewTime: '2030-01-01T00:00:00.000000Z' };
    const { kind, apiVersion, name, namespace = '' } = lockRef(mesh);
    const { open, read } = scene([{ apiVersion, kind, metadata: { name, namespace }, spec: holder }]);
    await using lock = open('bob');
    await expect(lock.hold(await read())).rejects.toMatchObject({ code: 'lock-held' });
  });

  test('is no longer waited for when the run is interrupted, and says what was', async () => {
    const holder = { holderIdentity: 'ann', leaseDurationSeconds: 3600, renewTime: '2030-01-01T00:00:00.000000Z' };
    const { kind, apiVersion, name, namespace = '' } = lockRef(mesh);
    const { open, read, ending, said } = scene(
      [{ apiVersion, kind, metadata: { name, namespace }, spec: holder }],
      () => ending.abort(),
    );
    await using lock = open('bob');
    await expect(lock.hold(await read())).rejects.toMatchObject({
      code: 'cancelled',
      message: expect.stringMatching(/waiting for the lock; .*held by ann/),
    });
    expect(said).toHaveLength(1);
  });
});
