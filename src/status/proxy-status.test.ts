import { describe, expect, test } from 'vitest';
import type { ServingIstiod } from '../observe/proxies.ts';
import type { ProxyPod } from '../observe/proxy-pods.ts';
import { proxyFacts } from './proxy-status.ts';

const now = Date.parse('2026-11-29T09:20:00Z');
const topology = { revision: 'green', previousRevision: 'blue' };

function pod(name: string, revision = 'green'): ProxyPod {
  const states = { cluster: 'west', networks: ['us'], runsSince: '2026-11-29T09:00:00Z' };
  return { namespace: 'sample', name, type: 'Sidecar', revision, ...states, proxyIsReady: true, isReady: true };
}

function istiod(names: readonly string[], over: Partial<ServingIstiod> = {}): ServingIstiod {
  const proxies = names.map((name) => ({ cluster: 'west', namespace: 'sample', name, version: '1.31.0' }));
  return { readySince: '2026-11-29T09:00:00Z', proxies, ...over };
}

interface Answers {
  readonly pods?: readonly ProxyPod[];
  readonly first: readonly ServingIstiod[] | null;
  readonly second?: readonly ServingIstiod[] | null;
}

/** What comes out for each pod, and for how long was waited before the second look. */
async function served({ pods = [pod('a'), pod('b')], first, second = first }: Answers) {
  const slept: number[] = [];
  const facts = await proxyFacts(topology, {
    pods,
    serving: first,
    askAgain: async () => second,
    clock: { now: () => now, monotonic: () => 0, sleep: async (ms) => void slept.push(ms) },
    signal: new AbortController().signal,
  });
  return { facts: facts.map(({ name, isServed }) => `${name}: ${isServed}`), slept };
}

describe('whether an istiod serves the proxies', () => {
  test('is known at once where all of them are connected, to any istiod', async () => {
    const first = [istiod(['a']), istiod(['b'])];
    expect(await served({ first })).toEqual({ facts: ['a: true', 'b: true'], slept: [] });
  });

  test('is asked twice where one is not connected: it may change its connection just now', async () => {
    const [first, second] = [[istiod(['a'])], [istiod(['b'])]];
    expect(await served({ first, second })).toEqual({ facts: ['a: true', 'b: true'], slept: [3000] });
    expect((await served({ first })).facts).toEqual(['a: true', 'b: false']);
  });

  test('is not known while an istiod has just started, where none answers, or where it could not be asked', async () => {
    const unknown = ['a: undefined', 'b: undefined'];
    const young = istiod([], { readySince: '2026-11-29T09:19:31Z' });
    for (const first of [null, [], [istiod([]), young]]) {
      expect(await served({ first })).toEqual({ facts: unknown, slept: [] });
    }
    expect((await served({ first: [istiod([])], second: null })).facts).toEqual(unknown);
  });

  test('is asked of the own revision alone, and pods of another Istio are none of the mesh', async () => {
    const pods = [pod('a'), pod('old', 'blue'), pod('strange', 'red')];
    expect((await served({ pods, first: [istiod(['a'])] })).facts).toEqual(['a: true', 'old: undefined']);
  });
});
