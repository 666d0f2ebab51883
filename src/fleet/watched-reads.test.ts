import { expect, test, vi } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { createFake, type FakeCall } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import { watchedReads } from './watched-reads.ts';

const namespace = 'istio-system';
const services = { apiVersion: 'v1', kind: 'Service' };
const service = (name: string): KubeObject => ({ ...services, metadata: { name, namespace }, spec: {} });

function watched({
  intercept,
  count = 2,
}: {
  readonly intercept?: (call: FakeCall) => void;
  readonly count?: number;
} = {}) {
  const calls: string[] = [];
  const objects = Array.from({ length: count }, (_, index) => service(`s${index + 1}`));
  const fake = createFake({
    objects,
    intercept(call) {
      calls.push(call.what);
      intercept?.(call);
    },
  });
  const clock = handClock();
  const { client, changed } = watchedReads(fake, { clock, signal: new AbortController().signal });
  const names = async (): Promise<readonly string[]> =>
    (await client.list(services, { namespace })).map(({ metadata }) => metadata.name);
  /** Asks until the server is not asked, and forgets the calls until then. */
  const settle = async (): Promise<void> => {
    await vi.waitFor(async () => {
      const before = calls.length;
      await names();
      expect(calls.length).toBe(before);
    });
    calls.length = 0;
  };
  return { fake, client, changed, clock, names, settle, calls };
}

test('a read that comes again is answered from a watch, and follows what changes', async () => {
  const { fake, names, settle, calls } = watched();
  expect(await names()).toEqual(['s1', 's2']);
  expect(calls).toEqual(['list Service']);
  await settle();
  await fake.apply(service('s0'), { fieldManager: 'test' });
  await vi.waitFor(async () => expect(await names()).toEqual(['s0', 's1', 's2']));
  await fake.delete({ ...services, namespace, name: 's1' });
  await vi.waitFor(async () => expect(await names()).toEqual(['s0', 's2']));
  expect(calls.filter((call) => call.startsWith('list'))).toEqual([]);
});

test('an object by its name is watched alone, also where it does not exist', async () => {
  const { client, fake, calls } = watched();
  const absent = { ...services, namespace, name: 'later' };
  const read = async (): Promise<string | undefined> => (await client.get(absent))?.metadata.name;
  for (const _ of [1, 2, 3]) expect(await read()).toBeUndefined();
  await vi.waitFor(async () => {
    const before = calls.length;
    await read();
    expect(calls.length).toBe(before);
  });
  await fake.apply(service('later'), { fieldManager: 'test' });
  await vi.waitFor(async () => expect(await read()).toBe('later'));
});

test('what another watch has shown to be changed is read from the server', async () => {
  const { changed, names, settle, calls } = watched();
  await settle();
  changed('Secret');
  await names();
  expect(calls).toEqual([]);
  changed('Service');
  await names();
  expect(calls).toEqual(['list Service']);
});

test.each([
  ['a watch that is silent for two minutes', {}, 121_000],
  ['more objects than are kept', { count: 501 }, 0],
] as const)('%s is not relied on', async (_, options, later) => {
  const { names, clock, calls } = watched(options);
  for (let asked = 0; asked < 4; asked += 1) await names();
  await vi.waitFor(() => expect(calls).toContain('watch Service'));
  clock.advance(later);
  calls.length = 0;
  await names();
  expect(calls).toEqual(['list Service']);
});

test('what is too large is not watched again a minute later', async () => {
  const { names, clock, calls } = watched({ count: 501 });
  for (let asked = 0; asked < 2; asked += 1) await names();
  await vi.waitFor(() => expect(calls).toContain('watch Service'));
  // The watch is given up as soon as it has listed.
  await new Promise((resolve) => setImmediate(resolve));
  calls.length = 0;
  clock.advance(61_000);
  await names();
  clock.advance(15 * 60_000);
  await names();
  expect(calls).toEqual(['list Service', 'watch Service', 'list Service']);
});

test('a client that may not watch lists, and tries once a minute', async () => {
  const { names, clock, calls } = watched({
    intercept({ verb }) {
      if (verb === 'watch') throw new IsthmusError('access-denied', 'ann may not watch services');
    },
  });
  const watches = async (times: number): Promise<number> => {
    calls.length = 0;
    for (let asked = 0; asked < times; asked += 1) expect(await names()).toEqual(['s1', 's2']);
    expect(calls.filter((call) => call === 'list Service')).toHaveLength(times);
    return calls.filter((call) => call === 'watch Service').length;
  };
  expect(await watches(5)).toBe(1);
  clock.advance(61_000);
  expect(await watches(3)).toBe(1);
});

test('a right is taken for granted for ten minutes, and its lack never', async () => {
  let allowed = false;
  const fake = createFake({ allows: () => allowed });
  const clock = handClock();
  const { client } = watchedReads(fake, { clock, signal: new AbortController().signal });
  const ask = async (): Promise<unknown> =>
    await client.raw({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: { spec: { resourceAttributes: { verb: 'list', resource: 'pods' } } },
    });
  const asked = async (): Promise<number> => {
    const before = fake.counts().requests;
    await ask();
    return fake.counts().requests - before;
  };
  expect([await asked(), await asked()]).toEqual([1, 1]);
  allowed = true;
  expect([await asked(), await asked()]).toEqual([1, 0]);
  clock.advance(10 * 60_000 + 1);
  expect(await asked()).toBe(1);
});
