import { expect, test } from 'vitest';
import { createFake } from '../../kube/testing/fake.ts';
import type { KubeObject } from '../../objects/object.ts';
import { placeObjects, planObjects } from './place-objects.ts';

const { signal } = new AbortController();

const account = (labels: Readonly<Record<string, string>>, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'isthmus-operator', namespace: 'isthmus-system', labels },
  ...more,
});
const ours = { 'app.kubernetes.io/managed-by': 'isthmus' };
const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'isthmus-system' } };

test('what is missing is made, and then there is nothing to do', async () => {
  const client = createFake();
  const first = await planObjects(client, [namespace, account(ours)], signal);
  expect(first.map(({ action }) => action)).toEqual(['Create', 'Create']);
  await placeObjects(client, first, signal);
  const second = await planObjects(client, [namespace, account(ours)], signal);
  expect(second.map(({ action }) => action)).toEqual(['Keep', 'Keep']);
  const { writes } = client.counts();
  await placeObjects(client, second, signal);
  expect(client.counts().writes).toBe(writes);
});

test('what differs is changed, and a namespace of another owner is left as it is', async () => {
  const client = createFake({ objects: [namespace, account(ours)] });
  const labelled = { ...namespace, metadata: { ...namespace.metadata, annotations: { a: 'b' } } };
  const changed = account(ours, { automountServiceAccountToken: false });
  const planned = await planObjects(client, [labelled, changed], signal);
  expect(planned.map(({ action }) => action)).toEqual(['Keep', 'Update']);
});

test('an object of another owner stops everything', async () => {
  const client = createFake({ objects: [account({})] });
  await expect(planObjects(client, [account(ours)], signal)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('ServiceAccount isthmus-system/isthmus-operator'),
  });
  expect(client.counts().writes).toBe(0);
});

test('what a controller changes meanwhile is no difference', async () => {
  let turns = 0;
  const busy = createFake({
    objects: [namespace, account(ours)],
    intercept: ({ verb }) => {
      turns += 1;
      const annotations = { turn: String(turns) };
      if (verb !== 'apply' || turns > 3) return;
      const { apiVersion, kind, metadata } = account(ours);
      busy.change({ apiVersion, kind, namespace: 'isthmus-system', name: metadata.name }, (object) => ({
        ...object,
        metadata: { ...object.metadata, annotations },
      }));
    },
  });
  const planned = await planObjects(busy, [account(ours)], signal);
  expect(planned.map(({ action }) => action)).toEqual(['Keep']);
});
