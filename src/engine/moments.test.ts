import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readSnapshotFolder } from '../snapshot/folder.ts';
import { differencesBetween } from './moments.ts';
import type { TrafficFacts } from './options.ts';

const { snapshot } = await readSnapshotFolder(resolve(import.meta.dirname, '../../test/fixtures/doctor/two-networks'));
const gateway = 'istio-eastwestgateway';

function inEast(change: (objects: TrafficFacts['clusters'][number]['objects']) => typeof objects): TrafficFacts {
  const clusters = snapshot.clusters.map(({ cluster, objects }) => ({
    cluster,
    objects: cluster === 'east' ? change(objects) : objects,
  }));
  return { ...snapshot, clusters };
}

test('a moment does not differ from itself', () => {
  const { clusters, objects, unchanged, traffic } = differencesBetween(snapshot, snapshot);
  expect([clusters, objects, traffic.changes]).toEqual([{ added: [], removed: [] }, [], []]);
  expect(unchanged).toBe(snapshot.clusters.reduce((sum, one) => sum + one.objects.length, 0));
});

test('an object that was removed is named, with what that does to requests, and is added on the way back', () => {
  const without = inEast((all) => all.filter(({ kind, metadata }) => kind !== 'Service' || metadata.name !== gateway));
  const there = differencesBetween(snapshot, without);
  expect(there.objects.map(({ cluster, change, ref }) => [cluster, change, ref.kind, ref.name])).toEqual([
    ['east', 'Removed', 'Service', gateway],
  ]);
  expect(there.traffic.changes.some(({ verdict }) => verdict === 'Unreachable' || verdict === 'Degraded')).toBe(true);
  const back = differencesBetween(without, snapshot);
  expect(back.objects.map(({ change }) => change)).toEqual(['Added']);
  expect(back.traffic.counts.Unreachable + back.traffic.counts.Degraded).toBe(0);
});

test('a field that differs is named with both values', () => {
  const scaled = inEast((all) =>
    all.map((one) =>
      one.kind === 'Service' && one.metadata.name === gateway
        ? { ...one, spec: { ...(one.spec as object), type: 'NodePort' } }
        : one,
    ),
  );
  expect(differencesBetween(snapshot, scaled).objects).toMatchObject([
    { change: 'Changed', fields: [{ field: 'spec.type', before: 'LoadBalancer', after: 'NodePort' }] },
  ]);
});

test('what a cluster reports of an object is compared too', () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } };
  const moved = inEast((all) =>
    all.map((one) => (one.kind === 'Service' && one.metadata.name === gateway ? { ...one, status } : one)),
  );
  const [changed, ...others] = differencesBetween(snapshot, moved).objects;
  expect(others).toEqual([]);
  expect(changed).toMatchObject({ change: 'Changed', ref: { name: gateway } });
  expect(changed?.fields[0]).toMatchObject({ field: 'status.loadBalancer.ingress[0].ip', after: '192.0.2.9' });
});

test('a cluster that was added is no difference of its objects', () => {
  const alone = { ...snapshot, clusters: snapshot.clusters.filter(({ cluster }) => cluster === 'west') };
  const { clusters, objects } = differencesBetween(alone, snapshot);
  expect([clusters, objects]).toEqual([{ added: ['east'], removed: [] }, []]);
});

test('the settings of an istiod that differ are named, and an istiod that is in one of them alone', () => {
  const [first, ...others] = snapshot.istiods;
  if (first === undefined) return expect.fail('there is an istiod');
  const meshConfig = { ...first.meshConfig, outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } };
  const newer = { ...snapshot, istiods: [{ ...first, version: '1.99.0', meshConfig }, ...others] };
  const [changed, ...more] = differencesBetween(snapshot, newer).istiods;
  expect(more).toEqual([]);
  expect(changed).toMatchObject({ cluster: first.cluster, runsIn: first.runsIn, change: 'Changed' });
  expect(changed?.fields.map(({ field }) => field)).toEqual(['meshConfig.outboundTrafficPolicy.mode', 'version']);
  const canary = { ...first, flags: { ...first.flags, REVISION: 'canary' } };
  const both = { ...snapshot, istiods: [canary, ...snapshot.istiods] };
  expect(differencesBetween(snapshot, both).istiods).toEqual([
    { cluster: first.cluster, runsIn: first.runsIn, change: 'Added', fields: [] },
  ]);
});

test('a kind that one of them could not read is not compared, and no object of it counts as removed', () => {
  const without = inEast((all) => all.filter(({ kind }) => kind !== 'Service'));
  const unread = { ...without, unreadKinds: { east: { Service: 'services is forbidden' } } };
  const { objects, uncompared } = differencesBetween(snapshot, unread);
  expect(objects).toEqual([]);
  expect(uncompared).toEqual([
    { cluster: 'east', kind: 'Service', missingIn: 'After', reason: 'services is forbidden' },
  ]);
  expect(differencesBetween(unread, snapshot).objects).toEqual([]);
});

test('a cluster that could not be read is neither added nor removed, and its istiod is not either', () => {
  const only = <T extends { readonly cluster: string }>(all: readonly T[]) =>
    all.filter(({ cluster }) => cluster === 'west');
  const unread = {
    ...{ ...snapshot, clusters: only(snapshot.clusters), istiods: only(snapshot.istiods) },
    unread: { east: 'connection refused' },
  };
  for (const [before, after, missingIn] of [
    [snapshot, unread, 'After'],
    [unread, snapshot, 'Before'],
  ] as const) {
    const { clusters, objects, istiods, uncompared } = differencesBetween(before, after);
    expect([clusters, objects, istiods]).toEqual([{ added: [], removed: [] }, [], []]);
    expect(uncompared).toEqual([{ cluster: 'east', kind: null, missingIn, reason: 'connection refused' }]);
  }
});
