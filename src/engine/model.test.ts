import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { meshServiceObjects } from '../istio/mesh-service.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { fakeSnapshot, twoNetworks } from '../predict/testing/fake-mesh.ts';
import { answering, answerOf } from './model.ts';

const host = 'reviews.shop.svc.cluster.local';

function splitOf(west: number): string {
  return `reviews.shop:west=${west},east=${100 - west}`;
}

/** The same as objects that every config cluster has, which the model reads from the beginning. */
function written({ istiods }: Snapshot, west: number): readonly ObjectEdit[] {
  const split = { west, east: 100 - west };
  const metadata = { name: 'reviews', namespace: 'shop' };
  const objects = meshServiceObjects([
    { apiVersion: 'isthmus.dev/v1alpha1', kind: 'MeshService', metadata, spec: { scope: 'Mesh', split } },
  ]);
  return istiods.flatMap(({ cluster }) => objects.map((object): ObjectEdit => ({ cluster, action: 'Put', object })));
}

const meshes: Readonly<Record<string, Snapshot>> = {
  'two networks': twoNetworks(),
  'one network': fakeSnapshot({
    west: { network: 'us', pods: { reviews: { a: '10.1.0.1' } } },
    east: { network: 'us', pods: { reviews: { b: '10.2.0.1' } } },
  }),
  'a remote cluster': fakeSnapshot({
    west: { network: 'us', pods: { reviews: { a: '10.1.0.1' } } },
    east: { network: 'eu', remoteOf: 'west', pods: { reviews: { b: '10.2.0.1' } } },
  }),
};

test.each(Object.keys(meshes))('of %s, a split says what the objects of an apply would say', (name) => {
  const snapshot = meshes[name] ?? twoNetworks();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), (west) => {
      const { splits, ...answer } = answerOf(snapshot, { splits: [splitOf(west)] });
      const { changedObjects, splits: none, ...expected } = answerOf(snapshot, {}, written(snapshot, west));
      expect(splits).toEqual([splitOf(west)]);
      expect(none).toEqual([]);
      expect(changedObjects).toBe(2 * snapshot.istiods.length);
      expect(answer).toEqual({ ...expected, changedObjects: 0 });
    }),
    { numRuns: 20 },
  );
});

test('a split sends as many requests to a cluster as it says', () => {
  const { changes, counts } = answerOf(twoNetworks(), { splits: [splitOf(90)] });
  expect(counts.Moved).toBeGreaterThan(0);
  const { after } = changes.find((one) => one.host === host && one.from === 'west') ?? {};
  expect(after?.shares.map(({ cluster, share }) => [cluster, share]).toSorted()).toEqual([
    ['east', 10],
    ['west', 90],
  ]);
});

test('the answer about one host is that part of the answer about all', () => {
  const question = { splits: [splitOf(20)], down: ['gateway:east'] };
  const all = answerOf(twoNetworks(), question).changes.filter((one) => one.host === host);
  const { changes, services } = answerOf(twoNetworks(), { ...question, host });
  expect(changes).toEqual(all);
  expect(all.length).toBeGreaterThan(0);
  expect(services).toBe(1);
});

test('between two hosts whoever asks may do something else', () => {
  const steps = answering(twoNetworks(), {});
  const first = steps.next();
  expect(first.done).toBe(false);
  expect(first.value).toMatchObject({ done: 1 });
});

test('a service that nobody has is an error, and not an answer without it', () => {
  expect(() => answerOf(twoNetworks(), { splits: ['ratings.nowhere:west=50,east=50'] })).toThrow(
    'no cluster that was read has a service ratings.nowhere',
  );
});
