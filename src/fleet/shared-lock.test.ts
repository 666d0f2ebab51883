import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { systemClock } from '../base/system-clock.ts';
import { leaseState } from '../kube/lease.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { type LockOptions, lockRef } from './lock.ts';
import { shareLock } from './shared-lock.ts';

const signal = new AbortController().signal;

function optionsOf(client: FakeClient): LockOptions {
  return { client, mesh: 'shop', holder: 'operator', clock: systemClock, signal, onHeld: () => undefined };
}

async function heldBy(client: FakeClient): Promise<string> {
  return leaseState(await client.get(lockRef('shop'))).heldBy;
}

test('runs of one process hold the lock together, and the last one gives it up', async () => {
  const client = createFake();
  const share = shareLock({ signal, fence: () => undefined });
  const [west, east] = [share(optionsOf(client)), share(optionsOf(client))];
  const seen = await client.get(lockRef('shop'));
  expect(await Promise.all([west.hold(seen), east.hold(seen)])).toEqual(['Current', 'Current']);
  const { transitions } = leaseState(await client.get(lockRef('shop')));
  expect(transitions).toBe(1);
  await west[Symbol.asyncDispose]();
  expect(await heldBy(client)).toBe('operator');
  await east[Symbol.asyncDispose]();
  expect(await heldBy(client)).toBe('');
});

test('a run that writes nothing takes no lock', async () => {
  const client = createFake();
  await shareLock({ signal, fence: () => undefined })(optionsOf(client))[Symbol.asyncDispose]();
  expect(await client.get(lockRef('shop'))).toBeUndefined();
});

test('nothing is written once the fence is closed, though the lock is held', async () => {
  const client = createFake();
  let isClosed = false;
  const fence = (): void => {
    if (isClosed) throw new IsthmusError('lock-held', 'another one leads');
  };
  await using lock = shareLock({ signal, fence })(optionsOf(client));
  expect(await lock.hold(undefined)).toBe('Current');
  isClosed = true;
  await expect(lock.hold(undefined)).rejects.toMatchObject({ code: 'lock-held' });
});

test('what another writer did between reading and holding makes the reading outdated', async () => {
  const client = createFake();
  const share = shareLock({ signal, fence: () => undefined });
  const before = await client.get(lockRef('shop'));
  const other = shareLock({ signal, fence: () => undefined })({ ...optionsOf(client), holder: 'ann' });
  await other.hold(before);
  await other[Symbol.asyncDispose]();
  await using lock = share(optionsOf(client));
  expect(await lock.hold(before)).toBe('Outdated');
});
