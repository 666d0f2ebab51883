import { expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { createFake } from '../../kube/testing/fake.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import type { PresentedByIstiod } from '../../observe/istiod-certificate.ts';
import { awaitServing, type IstiodReader, servesProxies } from './await-serving.ts';

const west = clusterName.parse('west');
const proxyOf = (cluster: string) => ({ cluster, namespace: 'a', name: 'b', version: '1.31.0' });
const presented: readonly PresentedByIstiod[] = [{ pod: 'istiod-1', startedAt: '', chain: [] }];

/** What the wait says and how it ends, with a reader that is asked at each time in milliseconds. */
async function waitFor(reader: (at: number) => Partial<IstiodReader>, hadProxies = true) {
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
    limitMs: 30_000,
    onWait: (what: string) => said.push(what),
    onReached: () => undefined,
  };
  const lazy = { proxies: async () => await at().proxies(), certificates: async () => await at().certificates() };
  const error = await awaitServing(wait, lazy, { cluster: west, hadProxies }).catch((thrown: unknown) => thrown);
  return { error, said, seconds: clock.monotonic() / 1000 };
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
  expect(await servesProxies(reader, west, signal)).toBe(false);
  expect(await servesProxies({ ...reader, proxies: async () => [proxyOf('west')] }, west, signal)).toBe(true);
});
