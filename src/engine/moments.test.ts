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
  const { clusters, objects, same, traffic } = differencesBetween(snapshot, snapshot);
  expect([clusters, objects, traffic.changes]).toEqual([{ came: [], gone: [] }, [], []]);
  expect(same).toBe(snapshot.clusters.reduce((sum, one) => sum + one.objects.length, 0));
});

test('an object that is gone is named, with what that does to requests, and comes on the way back', () => {
  const without = inEast((all) => all.filter(({ kind, metadata }) => kind !== 'Service' || metadata.name !== gateway));
  const there = differencesBetween(snapshot, without);
  expect(there.objects.map(({ cluster, change, ref }) => [cluster, change, ref.kind, ref.name])).toEqual([
    ['east', 'Gone', 'Service', gateway],
  ]);
  expect(there.traffic.changes.some(({ verdict }) => verdict === 'Unreachable' || verdict === 'Degraded')).toBe(true);
  const back = differencesBetween(without, snapshot);
  expect(back.objects.map(({ change }) => change)).toEqual(['Came']);
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

test('a cluster that came is no difference of its objects', () => {
  const alone = { ...snapshot, clusters: snapshot.clusters.filter(({ cluster }) => cluster === 'west') };
  const { clusters, objects } = differencesBetween(alone, snapshot);
  expect([clusters, objects]).toEqual([{ came: ['east'], gone: [] }, []]);
});
