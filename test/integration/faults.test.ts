import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyMesh } from '../../src/apply/apply.ts';
import { planMesh } from '../../src/apply/plan-mesh.ts';
import type { ApplyReport } from '../../src/apply/run/report.ts';
import { IsthmusError } from '../../src/base/error.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { applyExitCode } from '../../src/cli/apply/run.ts';
import { applyReport } from '../../src/engine/reporting/apply.ts';
import { renderersAmong } from '../../src/istio/render/renderers.ts';
import type { RunPlugin } from '../../src/kube/access/exec-plugin.ts';
import { handClock } from '../../src/kube/testing/hand-clock.ts';
import { type KubeObject, type ObjectRef, refOf } from '../../src/objects/object.ts';
import { inventoryObject, inventoryRef, parseInventory } from '../../src/plan/inventory.ts';
import { endedWith } from '../support/cli.ts';
import type { Stored } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { type Fault, type FaultProxy, type Rule, startFaultProxy } from '../support/fault-proxy.ts';
import { type HeldState, heldState } from '../support/held-state.ts';
import { killEverywhere, passing, problems, applyUnder as underRule, undisturbedWrites } from '../support/killing.ts';
import {
  type ApplyOptions,
  applyAs,
  leaseRef,
  memoryRoots,
  meshOf,
  meshText,
  type OneCluster,
  requestOf,
  startOneCluster,
  west,
} from '../support/one-cluster.ts';
import { numbers } from '../support/random.ts';

let one: OneCluster;
/** What an apply that nothing disturbs ends with, and how many writes it is. */
let whole: HeldState;
let writes: readonly string[];
/** As `one.empty`, but with the definitions, as an uninstall leaves them: they are most of an apply's time. */
let defined: Stored;

beforeAll(async () => {
  one = await startOneCluster('int-faults');
  const { renderer } = one;
  earlier = {
    declared: meshOf('{network: us, injectNamespaces: [sample, extra]}'),
    renderers: renderersAmong([
      { ...renderer, render: async (...call) => [...(await renderer.render(...call)), ...leftOvers] },
    ]),
  };
  writes = await undisturbedWrites(one);
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

/** What an earlier version of the mesh had: the next one no longer wants it. */
const leftOvers = ['a', 'b', 'c'].map((name): KubeObject => {
  const metadata = { name: `left-over-${name}`, namespace: 'istio-system' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { by: 'the mesh' } };
});
let earlier: ApplyOptions;

/** An apply through the proxy under a rule. */
async function applyUnder(rule: Rule, options: ApplyOptions = {}): Promise<ApplyReport> {
  return await underRule(one, rule, options);
}

// Every third write; npm run soak -- kills does so at each.
const every = 3;

describe('an apply that is killed', () => {
  test('at its writes but those of definitions is completed by the next one', async () => {
    expect(await killEverywhere(one, { from: defined, expected: whole, every })).toBeGreaterThan(30);
  });

  test('at its writes of definitions is completed by the next one', async () => {
    const isDefinition = (resource: string): boolean => resource === 'customresourcedefinitions';
    const [first, last] = [writes.findIndex(isDefinition), writes.findLastIndex(isDefinition)];
    expect(last - first).toBeGreaterThan(15);
    await killEverywhere(one, { from: one.empty, expected: whole, first, last, every });
  });

  test('at the writes of a change that also removes is completed by the next one', async () => {
    const roots = memoryRoots();
    expect(problems(await applyUnder(passing, { roots, ...earlier }))).toEqual([]);
    const from = await one.etcd.read();
    expect(problems(await applyUnder(passing, { roots }))).toEqual([]);
    const expected = await heldState(one);
    expect(Object.keys(expected.objects).filter((name) => name.includes('left-over'))).toEqual([]);
    expect(expected.objects['Namespace extra']).not.toMatchObject({ metadata: { labels: { 'istio-injection': '' } } });
    expect(await killEverywhere(one, { from, expected, every: 2 }, { roots })).toBeGreaterThan(6);
  });
});

describe('an apply that is interrupted', () => {
  test('twice ends at once, though a write is under way', async () => {
    const kubeconfig = {
      clusters: [{ name: west, cluster: { server: one.proxy.server } }],
      contexts: [{ name: west, context: { cluster: west, user: west } }],
      users: [{ name: west, user: {} }],
    };
    const env = { KUBECONFIG: await one.lab.file('proxied', JSON.stringify(kubeconfig)) };
    const begun = Promise.withResolvers<void>();
    one.proxy.begin(async ({ isWrite, resource }) => {
      if (!isWrite || resource !== 'configmaps') return { kind: 'Pass' };
      begun.resolve();
      return await new Promise<never>(() => undefined);
    });
    const file = await one.lab.file('mesh.yaml', meshText());
    const apply = one.lab.isthmus.start(['apply', '-f', file], { env });
    await Promise.race([begun.promise, apply.result]);
    apply.kill('SIGINT');
    await apply.said(/^interrupted: stopping after the writes in flight; Ctrl-C again stops now$/m);
    apply.kill('SIGINT');
    expect(endedWith(8, await apply.result).stdout).toBe('');
    await one.direct.delete(leaseRef);
    expect(problems(await applyUnder(passing))).toEqual([]);
  });
});

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
  test.each([1, 2])('with one fault in twenty requests (seed %i) costs time and nothing else', async (seed) => {
    const next = numbers(seed);
    const later: { readonly path: string; readonly until: number }[] = [];
    let faults = 0;
    const rule: Rule = ({ path, at }) => {
      const fault = next() < 0.05 ? troubles[Math.floor(next() * troubles.length)] : undefined;
      if (fault === undefined) return { kind: 'Pass' };
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
  test('with lists of earlier makes nothing go that someone else made since under the same name', async () => {
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

  test('by which an apply is decided makes nothing be written over what someone else made since', async () => {
    const roots = memoryRoots();
    await applyUnder(passing, { roots });
    const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio' };
    const ours = await one.direct.get(config);
    await one.direct.delete(config);
    one.proxy.begin();
    const end = one.proxy.remember();
    await using watched = await one.connect();
    await planMesh(requestOf(one, watched, { roots }));
    end();
    const { apiVersion, kind, ...metadata } = config;
    const theirs = await one.direct.create({ apiVersion, kind, metadata, data: { by: 'another team' } });
    one.proxy.begin(({ verb }) => ({ kind: verb === 'list' || verb === 'get' ? 'Stale' : 'Pass' }));
    const request = { ...requestOf(one, one.direct, { roots }), watched: new Map([[west, watched]]) };
    await expect(applyMesh(request)).rejects.toMatchObject({ code: 'conflict' });
    expect(await one.direct.get(config)).toEqual(theirs);
    await one.direct.delete(config);
    expect(problems(await applyMesh(request))).toEqual([]);
    expect((await one.direct.get(config))?.data).toEqual(ours?.data);
  });

  test('that forgot where a watch begins is listed again', async () => {
    const goOn = one.standIn.pause();
    const rule: Rule = ({ verb, attemptsBefore }) => {
      if (verb !== 'watch' || attemptsBefore > 0) return { kind: 'Pass' };
      goOn();
      return { kind: 'Refuse', status: 410 };
    };
    expect(problems(await applyUnder(rule))).toEqual([]);
    expect(asksForIstiod().slice(0, 3)).toEqual(['list', 'watch', 'list']);
  });

  test('whose watch is silent is listed again after 90 s', async () => {
    const clock = handClock({ instantUpTo: 2_000 });
    const goOn = one.standIn.pause();
    one.proxy.begin(({ verb, attemptsBefore }) => {
      if (verb !== 'watch' || attemptsBefore > 0) return { kind: 'Pass' };
      goOn();
      return { kind: 'Silence' };
    });
    await using client = await one.connect({ clock });
    const applying = applyAs(one, client);
    await eventually(
      async () => {
        const asked = asksForIstiod();
        if (asked.lastIndexOf('list') > asked.indexOf('watch')) return undefined;
        // Nothing but the watch is under way then, so that no other time limit ends.
        if (asked.includes('watch')) clock.advance(90_000);
        return 'it was not listed again';
      },
      { timeoutMs: 60_000 },
    );
    expect(problems(await applying)).toEqual([]);
    expect(asksForIstiod().slice(0, 3)).toEqual(['list', 'watch', 'list']);
  });

  /** How istiod's Deployment was asked for by what waits for it, one verb after the other. */
  function asksForIstiod(): readonly string[] {
    const name = 'fieldSelector=metadata.name%3Distiod';
    return one.proxy.requests.filter(({ path }) => path.includes(name)).map(({ verb }) => verb);
  }
});

describe('an API that is not whole', () => {
  const widget = { apiVersion: 'broken.example/v1', kind: 'Widget', namespace: 'sample', name: 'w' };

  test('keeps an apply from removing anything while one of its parts gives no answer', async () => {
    const roots = memoryRoots();
    await applyUnder(passing, { roots, ...earlier });
    await name(widget);
    const spec = { group: 'broken.example', version: 'v1', groupPriorityMinimum: 100, versionPriority: 100 };
    const service = { name: 'nobody', namespace: 'sample' };
    const metadata = { name: 'v1.broken.example' };
    const apiService = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata };
    await one.direct.create({ ...apiService, spec: { ...spec, service, insecureSkipTLSVerify: true } });
    await expect(applyUnder(passing, { roots })).rejects.toMatchObject({
      code: 'prune-unsafe',
      message: expect.stringContaining(
        'Widget sample/w is no longer wanted, but whether it is still there cannot be read',
      ),
      remedy: expect.arrayContaining([{ do: 'Execute', program: 'kubectl', args: ['get', 'apiservices'] }]),
    });
    expect(one.proxy.requests.filter(({ isWrite }) => isWrite)).toEqual([]);
    for (const object of leftOvers) expect(await one.direct.get(refOf(object))).toBeDefined();
    await one.direct.delete({ ...refOf({ ...apiService }) });
  });

  /** Adds an object to those that the inventory names. */
  async function name(ref: ObjectRef): Promise<void> {
    const found = await one.direct.get(inventoryRef);
    const refs = [...parseInventory(found), ref];
    const { data } = inventoryObject('shop', refs);
    const path = '/api/v1/namespaces/isthmus-system/configmaps/isthmus-inventory';
    await one.direct.raw({ method: 'PATCH', path, body: { data }, contentType: 'application/merge-patch+json' });
  }

  test('says which definition was taken away in the midst of an apply, removes nothing, and is made whole by the next', async () => {
    const roots = memoryRoots();
    await applyUnder(passing, { roots, ...earlier });
    await one.direct.delete({ ...mesh, name: 'shop', namespace: 'isthmus-system' });
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'meshes.isthmus.dev',
    };
    const rule: Rule = async ({ verb, resource }) => {
      if (verb !== 'patch' || resource !== 'meshes') return { kind: 'Pass' };
      await one.direct.delete(definition);
      // The handler of custom resources learns of it later than a reader of the definition does.
      await eventually(
        async () => {
          const answer = await one.direct
            .raw({ method: 'GET', path: '/apis/isthmus.dev/v1alpha1/meshes' })
            .catch(codeOf);
          return answer === 'not-found' ? undefined : 'meshes are still served';
        },
        { timeoutMs: 30_000 },
      );
      return { kind: 'Pass' };
    };
    expect(problems(await applyUnder(rule, { roots }))).toEqual([
      expect.stringMatching(/cannot apply Mesh isthmus-system\/shop: .* \[not-found\]$/),
    ]);
    for (const object of leftOvers) expect(await one.direct.get(refOf(object))).toBeDefined();
    expect(problems(await applyUnder(passing, { roots }))).toEqual([]);
    for (const object of leftOvers) expect(await one.direct.get(refOf(object))).toBeUndefined();
    expect(await one.direct.get({ ...mesh, name: 'shop', namespace: 'isthmus-system' })).toBeDefined();
  });

  const codeOf = (error: unknown): string => (error instanceof IsthmusError ? error.code : String(error));

  const mesh = { apiVersion: 'isthmus.dev/v1alpha1', kind: 'Mesh' };
});

describe('a credential that ends in the midst of an apply', () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'login',
    args: [],
    env: {},
    installHint: undefined,
    provideClusterInfo: false,
    interactiveMode: 'Never',
    clusterConfig: undefined,
  } as const;

  /** After ten writes the first token is no longer taken. */
  const expiring: Rule = ({ headers, writesBefore }) =>
    headers.authorization === 'Bearer first' && writesBefore >= 10 ? { kind: 'Refuse', status: 401 } : { kind: 'Pass' };

  function plugin(...tokens: readonly string[]): RunPlugin {
    let asked = 0;
    return async () => {
      const token = tokens[asked];
      asked += 1;
      if (token === undefined) return { problem: 'Failed', exitCode: 1, stdout: '', stderr: 'the session is over' };
      const { apiVersion } = exec;
      return {
        problem: undefined,
        exitCode: 0,
        stdout: JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }),
        stderr: '',
      };
    };
  }

  test('is fetched again from its plug-in', async () => {
    one.proxy.begin(expiring);
    await using client = await one.connect({ access: { exec }, runPlugin: plugin('first', 'second') });
    expect(problems(await applyAs(one, client))).toEqual([]);
    expect(await heldState(one)).toEqual(whole);
  });

  test.each([
    {
      name: 'a token',
      options: { access: { token: { kind: 'Text', text: 'first' } } },
      says: /does not accept our credentials \[authentication-failed\]$/,
    },
    {
      name: 'a plug-in that fails',
      options: { access: { exec }, runPlugin: plugin('first') },
      says: /the credential plug-in login ended with exit code 1: the session is over \[authentication-failed\]$/,
    },
  ] as const)('and cannot be fetched again ($name) ends it with 3', async ({ options, says }) => {
    one.proxy.begin(expiring);
    await using client = await one.connect(options);
    const report = await applyAs(one, client);
    expect(problems(report)).toEqual([expect.stringMatching(says)]);
    expect(applyExitCode(applyReport(report), { signal: new AbortController().signal })).toBe(3);
  });
});

describe('two that apply', () => {
  /** When each of them wrote anything but the lock and the namespace that it is in. */
  function spanOf(proxy: FaultProxy): { readonly from: number; readonly to: number } {
    const times = proxy.requests.flatMap(({ isWrite, verb, resource, at }) =>
      isWrite && resource !== 'leases' && !(verb === 'create' && resource === 'namespaces') ? [at] : [],
    );
    return { from: Math.min(...times), to: Math.max(...times) };
  }

  test('at the same moment write one after the other, and the last one has its way', async () => {
    await using other = await startFaultProxy(one.upstream);
    one.proxy.begin();
    await using ann = await one.connect();
    await using bob = await one.connect({ access: { server: other.server } });
    const roots = memoryRoots();
    const declared = meshOf('{network: us, injectNamespaces: [sample, extra]}');
    const reports = await Promise.all([
      applyAs(one, ann, { roots, holder: 'ann' }),
      applyAs(one, bob, { roots, holder: 'bob', declared }),
    ]);
    expect(reports.map(problems)).toEqual([[], []]);
    const [first, second] = [spanOf(one.proxy), spanOf(other)].toSorted((a, b) => a.from - b.from);
    expect(first?.to).toBeLessThan(second?.from ?? 0);
    const extra = await one.direct.get({ apiVersion: 'v1', kind: 'Namespace', name: 'extra' });
    const isLabelled = extra?.metadata.labels?.['istio-injection'] === 'enabled';
    expect(isLabelled).toBe(spanOf(other).from > spanOf(one.proxy).from);
  });

  test.each([3_600_000, -3_600_000])('with clocks %i ms apart are kept apart all the same', async (apart) => {
    await using other = await startFaultProxy(one.upstream);
    await using bob = await one.connect({ access: { server: other.server } });
    // Bob's patience with the lock, 20 s, is over within one.
    const clock = { ...systemClock, now: () => Date.now() + apart, monotonic: () => performance.now() * 20 };
    let refused: Promise<unknown> | undefined;
    const roots = memoryRoots();
    const rule: Rule = async ({ isWrite, resource }) => {
      if (!isWrite || resource !== 'secrets') return { kind: 'Pass' };
      refused ??= applyAs(one, bob, { holder: 'bob', clock }).catch((error: unknown) => error);
      await refused;
      return { kind: 'Pass' };
    };
    expect(problems(await applyUnder(rule, { roots }))).toEqual([]);
    expect(await refused).toMatchObject({ code: 'lock-held', message: expect.stringContaining('held by ann') });
    expect(other.requests.filter(({ isWrite }) => isWrite)).toEqual([]);
    expect(await heldState(one)).toEqual(whole);
  });

  test('one of which stood still until its lock was over: it writes nothing more', async () => {
    let stalledMs = 0;
    let since = Number.POSITIVE_INFINITY;
    const clock = { ...systemClock, monotonic: () => performance.now() + stalledMs };
    one.proxy.begin(async ({ isWrite, resource, name: what }) => {
      if (isWrite && what === 'isthmus-inventory' && stalledMs === 0) {
        stalledMs = 20_000;
        since = one.proxy.requests.length;
      }
      return { kind: resource === 'leases' && stalledMs > 0 ? 'Drop' : 'Pass' };
    });
    await using client = await one.connect();
    const report = await applyAs(one, client, { clock });
    expect(problems(report)).toEqual([
      expect.stringMatching(/is lost: it could not be renewed in time \[lock-held\]$/),
    ]);
    expect(applyExitCode(applyReport(report), { signal: new AbortController().signal })).toBe(5);
    const later = one.proxy.requests.slice(since).filter(({ isWrite, resource }) => isWrite && resource !== 'leases');
    expect(later).toEqual([]);
  });
});
