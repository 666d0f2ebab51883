import { expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { createFake } from '../../kube/testing/fake.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import type { PresentedByIstiod } from '../../observe/istiod-certificate.ts';
import { awaitProxies, awaitServing, type IstiodReader, servedProxies } from './await-serving.ts';

const west = clusterName.parse('west');
const proxyOf = (cluster: string) => ({ cluster, namespace: 'a', name: 'b', version: '1.31.0' });
const presented: readonly PresentedByIstiod[] = [{ pod: 'istiod-1', startedAt: '', chain: [] }];

type ReaderAt = (at: number) => Partial<IstiodReader>;

/** A wait, what it said, and a reader that is asked at each time in milliseconds. */
function waiting(reader: ReaderAt) {
  const clock = handClock({ instantUpTo: 100 });
  const said: string[] = [];
  const at = (): IstiodReader => ({
    proxies: async () => [proxyOf('west')],
    certificates: async () => presented,
    ...reader(clock.monotonic()),
  });
  const wait = {
    client: createFake(),
    clock,
    signal: new AbortController().signal,
    limitMs: 60_000,
    onWait: (what: string) => said.push(what),
    onReached: () => undefined,
  };
  const lazy = { proxies: async () => await at().proxies(), certificates: async () => await at().certificates() };
  return { wait, said, reader: lazy, seconds: () => clock.monotonic() / 1000 };
}

/** What the wait for an istiod that serves says and how it ends. */
async function waitFor(readerAt: ReaderAt, hadProxies = true) {
  const { wait, said, reader, seconds } = waiting(readerAt);
  const error = await awaitServing(wait, reader, { cluster: west, hadProxies }).catch((thrown: unknown) => thrown);
  return { error, said, seconds: seconds() };
}

/** What the wait for the proxies that were connected before gives, and after how long. */
async function comeBack(names: (at: number) => readonly string[]) {
  const had = ['web', 'db'].map((name) => ({ ...proxyOf('west'), name }));
  const scene = waiting((at) => ({
    proxies: async () => [
      proxyOf('east'),
      { ...proxyOf('east'), name: 'db' },
      ...names(at).map((name) => ({ ...proxyOf('west'), name })),
    ],
  }));
  const text = await awaitProxies(scene.wait, scene.reader, { cluster: west, had });
  return { text, said: scene.said, seconds: scene.seconds() };
}

const refused = new IsthmusError('port-forward-failed', 'nothing listens on port 15012');

test('an istiod that runs and refuses proxies does not serve', async () => {
  const certificates = async () => await Promise.reject(refused);
  const { error } = await waitFor(() => ({ certificates }));
  expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('nothing listens on port 15012') });
});

test('it serves once a proxy of its cluster is back, and not one of another', async () => {
  const { error, said, seconds } = await waitFor((now) => ({
    proxies: async () => [proxyOf(now < 12_000 ? 'east' : 'west')],
  }));
  expect([error, seconds]).toEqual([undefined, 12]);
  expect(said.at(-1)).toContain('for 10 s: no proxy of west has come back to it yet');
});

test('one that had no proxies serves with its certificate', async () => {
  expect(await waitFor(() => ({ proxies: async () => [] }), false)).toMatchObject({ error: undefined, said: [] });
});

test('an istiod that cannot be asked had no proxies', async () => {
  const { signal } = new AbortController();
  const reader = { proxies: async () => await Promise.reject(refused), certificates: async () => presented };
  expect(await servedProxies(reader, signal)).toEqual([]);
  const both = [proxyOf('west'), proxyOf('south')];
  expect(await servedProxies({ ...reader, proxies: async () => both }, signal)).toEqual(both);
});

test('the proxies of an istiod that was replaced are waited for, and those of other clusters are not counted', async () => {
  const { text, said, seconds } = await comeBack((at) => (at < 20_000 ? ['web'] : ['web', 'db']));
  expect([text, seconds]).toEqual(['', 20]);
  const what = 'the proxies of the istiod of west have come back to it';
  expect(said.at(-1)).toContain(`${what}, for 10 s: 1 of 2 are not connected`);
});

test('those of a cluster that this istiod serves are waited for too, and named with it', async () => {
  const scene = waiting((at) => ({ proxies: async () => ['west', ...(at < 50_000 ? [] : ['south'])].map(proxyOf) }));
  const had = [proxyOf('west'), proxyOf('south')];
  expect(await awaitProxies(scene.wait, scene.reader, { cluster: west, had })).toContain('istiod: south: a/b;');
  expect(scene.seconds()).toBe(45);
  scene.wait.clock.advance(10_000);
  expect(await awaitProxies(scene.wait, scene.reader, { cluster: west, had })).toBe('');
});

test('a proxy whose pod was replaced came back under another name', async () => {
  expect(await comeBack(() => ['web', 'db-2'])).toMatchObject({ text: '', seconds: 0 });
});

test('a proxy that stays away for 45 seconds is named and fails nothing', async () => {
  const { text, seconds } = await comeBack(() => ['web']);
  expect(text).toMatch(/^not connected to the changed istiod: a\/db; they send to the endpoints that they knew/);
  expect(seconds).toBe(45);
});

test('an istiod that cannot be asked has no proxy back', async () => {
  const { wait, reader } = waiting(() => ({ proxies: async () => await Promise.reject(refused) }));
  const had = [proxyOf('west')];
  expect(await awaitProxies(wait, reader, { cluster: west, had })).toContain(
    'not connected to the changed istiod: a/b;',
  );
});
