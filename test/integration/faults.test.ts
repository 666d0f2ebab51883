import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ApplyMeshOptions } from '../../src/apply/options.ts';
import type { ApplyReport } from '../../src/apply/report.ts';
import { describeRef, type KubeObject, refOf } from '../../src/objects/object.ts';
import type { Stored } from '../support/etcd.ts';
import { dieAfter, type Fault, type Rule } from '../support/fault-proxy.ts';
import { type HeldState, heldState, unnamed } from '../support/held-state.ts';
import { applyAs, leaseRef, memoryRoots, meshOf, type OneCluster, startOneCluster } from '../support/one-cluster.ts';

let one: OneCluster;
/** What an apply that nothing disturbs ends with. */
let whole: HeldState;
/** As `one.empty`, but with the definitions, as an uninstall leaves them: they are most of an apply's time. */
let defined: Stored;

beforeAll(async () => {
  one = await startOneCluster('int-faults');
  const { renderer } = one;
  earlier = {
    declared: meshOf('{network: us, injectNamespaces: [sample, extra]}'),
    renderer: { ...renderer, render: async (...call) => [...(await renderer.render(...call)), ...leftOvers] },
  };
  one.proxy.begin();
  await using client = await one.connect();
  expect(problems(await applyAs(one, client))).toEqual([]);
  whole = await heldState(one);
  const stored = await one.etcd.read();
  const definitions = [...stored].filter(([key]) => key.startsWith('/registry/apiextensions.k8s.io/'));
  defined = new Map([...one.empty, ...definitions]);
});
afterAll(async () => {
  await one?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await one.etcd.restore(defined);
  one.proxy.begin();
});

/** What an earlier version of the mesh had: the next one does not want it any more. */
const leftOvers = ['a', 'b', 'c'].map((name): KubeObject => {
  const metadata = { name: `left-over-${name}`, namespace: 'istio-system' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { by: 'the mesh' } };
});
let earlier: Partial<ApplyMeshOptions>;

/** One request at a time: the same order in each run, so that the k-th write is always the same. */
const inOrder = { limits: { start: 1, max: 1 } } as const;

/** Why an apply did not bring the cluster to what the mesh wants. */
function problems({ clusters }: ApplyReport): readonly string[] {
  return clusters.flatMap((outcome) => {
    if (outcome.outcome === 'Failed') return [`${outcome.error.message} [${outcome.error.code}]`];
    if (outcome.outcome === 'Left') return ['left out'];
    return (outcome.pruned?.failed ?? []).map(({ ref, reason }) => `${describeRef(ref)}: ${reason}`);
  });
}

/** An apply through the proxy under a rule. */
async function applyUnder(rule: Rule, options: Partial<ApplyMeshOptions> = {}): Promise<ApplyReport> {
  one.proxy.begin(rule);
  await using client = await one.connect();
  return await applyAs(one, client, options);
}

/** An apply whose process is killed after so many writes. `Ended`: it had no more of them. */
async function killedAfter(count: number, options: Partial<ApplyMeshOptions>): Promise<'Killed' | 'Ended'> {
  one.proxy.begin(dieAfter(count));
  await using client = await one.connect(inOrder);
  // A dead process sends nothing more: what is under way ends with the connections, what is not begun never begins.
  const killed = one.proxy.death.then(() => client[Symbol.asyncDispose]()).then(() => 'Killed' as const);
  const ended = applyAs(one, client, options).then(
    (report) => (problems(report).length === 0 ? 'Ended' : 'Killed'),
    () => 'Killed' as const,
  );
  const outcome = await ended;
  if (outcome === 'Killed') await killed;
  return outcome;
}

interface Kills {
  readonly from: Stored;
  readonly first?: number;
  readonly last?: number;
  readonly expected?: HeldState;
}

/** Kills an apply after each number of writes until one ends; the next run must leave everything as if nothing had happened. */
async function killEverywhere(
  { from, first = 0, last = Number.POSITIVE_INFINITY, expected = whole }: Kills,
  options: Partial<ApplyMeshOptions> = {},
): Promise<number> {
  await one.etcd.restore(from);
  const before = new Set(await unnamed(one, 'shop'));
  for (let count = first; count <= last; count += 1) {
    await one.etcd.restore(from);
    const known = { ...options, roots: options.roots ?? memoryRoots() };
    if ((await killedAfter(count, known)) === 'Ended') return count;
    const made = (await unnamed(one, 'shop')).filter((name) => !before.has(name));
    expect(made, `not in the inventory after write ${count}`).toEqual([]);
    // As if the 15 s had passed after which the dead one's lock ends.
    await one.direct.delete(leaseRef);
    expect(problems(await applyUnder(passing, known)), `after a kill at write ${count}`).toEqual([]);
    expect(await heldState(one), `after a kill at write ${count}`).toEqual(expected);
  }
  return last;
}

describe('an apply that is killed', () => {
  test('at every write but those of definitions is completed by the next one', async () => {
    expect(await killEverywhere({ from: defined })).toBeGreaterThan(30);
  }, 240_000);

  test('at every write of a change that also removes is completed by the next one', async () => {
    const roots = memoryRoots();
    expect(problems(await applyUnder(passing, { roots, ...earlier }))).toEqual([]);
    const from = await one.etcd.read();
    expect(problems(await applyUnder(passing, { roots }))).toEqual([]);
    const expected = await heldState(one);
    expect(Object.keys(expected.objects).filter((name) => name.includes('left-over'))).toEqual([]);
    expect(expected.objects['Namespace extra']).not.toMatchObject({ metadata: { labels: { 'istio-injection': '' } } });
    expect(await killEverywhere({ from, expected }, { roots })).toBeGreaterThan(6);
  }, 240_000);
});

/** Numbers in [0, 1), always the same for a seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const passing: Rule = () => ({ kind: 'Pass' });
const troubles: readonly Fault[] = [
  { kind: 'Refuse', status: 429, retryAfterSeconds: 1 },
  { kind: 'Refuse', status: 500 },
  { kind: 'Refuse', status: 503 },
  { kind: 'Drop' },
  { kind: 'LoseAnswer' },
  { kind: 'Truncate' },
  { kind: 'Delay', ms: 500 },
];

describe('a network that is not to be relied on', () => {
  test.each([1, 2, 3, 4])('with one fault in twenty requests (seed %i) costs time and nothing else', async (seed) => {
    const next = numbers(seed);
    const later: { readonly path: string; readonly until: number }[] = [];
    let faults = 0;
    let asked = 0;
    const rule: Rule = ({ path, at }) => {
      asked += 1;
      const fault = next() < 0.05 ? troubles[Math.floor(next() * troubles.length)] : undefined;
      // Whoever closes the connection before it has answered anything is taken for no API server at all.
      if (fault === undefined || asked <= 8) return { kind: 'Pass' };
      faults += 1;
      if (fault.kind === 'Refuse' && fault.retryAfterSeconds !== undefined) {
        later.push({ path, until: at + fault.retryAfterSeconds * 1_000 });
      }
      return fault;
    };
    expect(problems(await applyUnder(rule))).toEqual([]);
    expect(await heldState(one)).toEqual(whole);
    const { requests } = one.proxy;
    expect(faults).toBeGreaterThan(0);
    expect(
      Math.max(...requests.filter(({ verb }) => verb !== 'watch').map(({ attemptsBefore }) => attemptsBefore)),
    ).toBeLessThan(20);
    for (const { path, until } of later) {
      const early = requests.filter(
        (request) => request.path === path && request.at < until && request.at > until - 990,
      );
      expect(early.map(({ verb }) => `${verb} ${path}`)).toEqual([]);
    }
  });

  test('that loses the answer to every write does nothing twice', async () => {
    const lossy: Rule = ({ isWrite, attemptsBefore }) =>
      isWrite && attemptsBefore === 0 ? { kind: 'LoseAnswer' } : { kind: 'Pass' };
    expect(problems(await applyUnder(lossy))).toEqual([]);
    expect(await heldState(one)).toEqual(whole);
  });

  test('that takes 300 ms for every request is slow, not dead', async () => {
    expect(problems(await applyUnder(() => ({ kind: 'Delay', ms: 300 })))).toEqual([]);
    expect(await heldState(one)).toEqual(whole);
  });
});

describe('an API server that tells old or no news', () => {
  test('with lists of earlier makes nothing go that somebody else made since under the same name', async () => {
    const roots = memoryRoots();
    await applyUnder(passing, { roots, ...earlier });
    one.proxy.begin();
    const end = one.proxy.remember();
    await using client = await one.connect();
    await applyAs(one, client, { roots, ...earlier });
    for (const object of leftOvers) await client.get(refOf(object));
    end();
    const theirs = leftOvers.map((object): KubeObject => ({ ...object, data: { by: 'another team' } }));
    for (const object of theirs) {
      await one.direct.delete(refOf(object));
      await one.direct.create(object);
    }
    one.proxy.begin(({ verb }) => ({ kind: verb === 'list' || verb === 'get' ? 'Stale' : 'Pass' }));
    const { clusters } = await applyAs(one, client, { roots });
    expect(clusters[0]).toMatchObject({ pruned: { deleted: [], failed: theirs.map(() => expect.anything()) } });
    for (const object of theirs) expect(await one.direct.get(refOf(object))).toMatchObject({ data: object.data });
    expect(one.proxy.requests.some(({ verb, resource }) => verb === 'delete' && resource === 'configmaps')).toBe(true);
  });
});
