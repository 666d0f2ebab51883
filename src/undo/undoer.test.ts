import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { appliedAnnotation } from '../objects/ownership.ts';
import { virtualClock } from '../probe/virtual-clock.ts';
import { entryRef, undoName, undoObjects, undoRef } from './undo-objects.ts';
import { runUndoer, type UndoerLine } from './undoer.ts';

const name = undoName({ name: 'reviews', namespace: 'sample' });
const start = Date.parse('2030-01-01T00:00:00Z');

function rule(weight: number, digest: string): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: {
      name: 'isthmus-sample-reviews',
      namespace: 'istio-system',
      annotations: { [appliedAnnotation]: digest },
    },
    spec: { http: [{ route: [{ destination: { host: 'reviews', subset: 'east' }, weight }] }] },
  };
}

/** A cluster in which a shift from weight 0 to 25 was armed and written. */
function shifted(options: { clockLagMs?: number; failures?: number } = {}) {
  const record = {
    version: 1 as const,
    mesh: 'shop',
    subject: 'reviews.sample',
    expiresAt: '2030-01-01T00:10:00Z',
    entries: [{ ref: entryRef(rule(25, 'new')), before: rule(0, 'old'), written: ['new'] }],
    faults: [],
  };
  const undo = undoObjects({ name, cluster: 'west', image: 'isthmus:test', record });
  let failures = options.failures ?? 0;
  const kube = createFake({
    objects: [...undo.filter(({ kind }) => kind === 'ConfigMap')],
    applied: [rule(25, 'new')],
    clockLagMs: options.clockLagMs ?? 0,
    intercept: ({ verb }) => {
      if (verb !== 'apply' || failures === 0) return;
      failures -= 1;
      throw new IsthmusError('cluster-unreachable', 'the API server is down');
    },
  });
  return { kube, record };
}

const weightIn = async (kube: ReturnType<typeof createFake>): Promise<unknown> => {
  const live = await kube.get({ ...entryRef(rule(0, '')) });
  return JSON.stringify(live?.spec);
};

async function run(kube: ReturnType<typeof createFake>, { clock = virtualClock(start) } = {}) {
  const lines: UndoerLine[] = [];
  const write = (line: UndoerLine): void => void lines.push(line);
  const { signal } = new AbortController();
  await runUndoer({ plan: { cluster: 'west', name }, kube, clock, write, signal });
  return { lines, seconds: (clock.now() - start) / 1000 };
}

test('it is armed at once, and puts the old configuration back at the expiry', async () => {
  const { kube } = shifted();
  const { lines, seconds } = await run(kube);
  expect(lines).toEqual([
    { type: 'Armed', expiresAt: '2030-01-01T00:10:00Z' },
    { type: 'Undone', restored: ['VirtualService istio-system/isthmus-sample-reviews'], left: [] },
  ]);
  expect(seconds).toBe(600);
  expect(await weightIn(kube)).toContain('"weight":0');
});

test('the clock of the API server counts', async () => {
  const { seconds } = await run(shifted({ clockLagMs: 60_000 }).kube);
  expect(seconds).toBe(660);
});

test('an API server that is down is undone when it is back', async () => {
  const { kube } = shifted({ failures: 3 });
  const { lines, seconds } = await run(kube);
  expect(lines.map(({ type }) => type)).toEqual(['Armed', 'Waiting', 'Undone']);
  expect(seconds).toBe(606);
  expect(await weightIn(kube)).toContain('"weight":0');
});

test('the route goes first, and its subsets when proxies have had time to take the old one', async () => {
  const subsets: KubeObject = { ...rule(25, 'new'), kind: 'DestinationRule', spec: { subsets: [{ name: 'east' }] } };
  const entries = [rule(25, 'new'), subsets].map((one) => ({ ref: entryRef(one), before: null, written: ['new'] }));
  const { record } = shifted();
  const undo = undoObjects({ name, cluster: 'west', image: 'isthmus:test', record: { ...record, entries } });
  const clock = virtualClock(start);
  const deleted: string[] = [];
  const kube = createFake({
    objects: undo.filter(({ kind }) => kind === 'ConfigMap'),
    applied: [rule(25, 'new'), subsets],
    intercept: ({ verb, kind }) => {
      if (verb === 'delete') deleted.push(`${kind} after ${(clock.now() - start) / 1000} s`);
    },
  });
  await run(kube, { clock });
  expect(deleted).toEqual(['VirtualService after 600 s', 'DestinationRule after 605 s']);
});

test('a fault is repaired when the one who set it is silent for 15 seconds, long before it expires', async () => {
  const { record } = shifted();
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'gateway', namespace: 'istio-system' },
    spec: { replicas: 0 },
  };
  const lease = (renewTime: number, holderIdentity: string): KubeObject => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'istio-system' },
    spec: { holderIdentity, renewTime: new Date(renewTime).toISOString(), leaseDurationSeconds: 15 },
  });
  const faults = [{ ref: entryRef(deployment), set: { spec: { replicas: 0 } }, restore: { spec: { replicas: 2 } } }];
  const silent = { ...record, entries: [], faults, heartbeat: name };
  const undo = undoObjects({ name, cluster: 'west', image: 'isthmus:test', record: silent });
  const objects = [...undo.filter(({ kind }) => kind === 'ConfigMap'), deployment];
  const after = async (held: KubeObject) => {
    const clock = virtualClock(start);
    const kube = createFake({ objects: [...objects, held], clock });
    const { lines, seconds } = await run(kube, { clock });
    const spec = (await kube.get(entryRef(deployment)))?.spec;
    return { last: lines.at(-1), seconds, spec };
  };
  const undone = { type: 'Undone', restored: ['Deployment istio-system/gateway'], left: [] };
  expect(await after(lease(start, 'drill by ann'))).toEqual({ last: undone, seconds: 16, spec: { replicas: 2 } });
  // Who has given the Lease back is done.
  expect(await after(lease(start, ''))).toMatchObject({ seconds: 600 });
});

test('without its record it ends and changes nothing', async () => {
  const { kube } = shifted();
  await kube.delete(undoRef(name));
  const { lines } = await run(kube);
  expect(lines).toEqual([{ type: 'Released' }]);
  expect(await weightIn(kube)).toContain('"weight":25');
});

test('its account may touch its own objects by name and nothing else', () => {
  const { record } = shifted();
  const role = undoObjects({ name, cluster: 'west', image: 'isthmus:test', record }).find(
    ({ kind }) => kind === 'Role',
  );
  expect(role?.rules).toEqual([
    { apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs: ['get'] },
    {
      apiGroups: ['networking.istio.io'],
      resources: ['virtualservices'],
      resourceNames: ['isthmus-sample-reviews'],
      verbs: ['get', 'patch', 'delete'],
    },
  ]);
});
