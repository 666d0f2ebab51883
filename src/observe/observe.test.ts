import { expect, test } from 'vitest';
import { createFake, type FakeCall } from '../kube/testing/fake.ts';
import { refOf } from '../objects/object.ts';
import { observe } from './observe.ts';

const { signal } = new AbortController();

function configMap(namespace: string, name: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { content: name } };
}

test('reads one list for a kind in a namespace and one object for each whole one, whose metadata is known by that', async () => {
  const [first, second, whole] = [configMap('a', 'first'), configMap('a', 'second'), configMap('b', 'whole')];
  const calls: string[] = [];
  const intercept = async ({ what }: FakeCall): Promise<void> => void calls.push(what);
  await using client = createFake({ objects: [first, second, whole], intercept });
  const absent = { apiVersion: 'v1', kind: 'Secret', namespace: 'b', name: 'absent' };
  const observed = await observe(client, {
    listed: [first, second].map(refOf),
    whole: [refOf(whole), absent],
    signal,
  });
  expect(calls).toEqual(['list ConfigMap', 'ConfigMap b/whole', 'Secret b/absent']);
  expect([...observed.live.values()].map(({ metadata }) => metadata.name)).toEqual(['first', 'second', 'whole']);
  expect([...observed.whole.values()]).toEqual([expect.objectContaining({ data: { content: 'whole' } })]);
});

test('Deployments at 0 replicas are reported, whoever scaled them, with no request more', async () => {
  const deployment = (name: string, replicas: number) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'a' },
    spec: { replicas },
  });
  const calls: string[] = [];
  const intercept = async ({ what }: FakeCall): Promise<void> => void calls.push(what);
  const [asleep, awake, strange] = [deployment('asleep', 0), deployment('awake', 3), deployment('strange', 0)];
  await using client = createFake({ objects: [asleep, awake, strange], intercept });
  const { scaledToZero } = await observe(client, { listed: [asleep, awake].map(refOf), whole: [], signal });
  expect([...scaledToZero]).toEqual(['apps/Deployment/a/asleep']);
  expect(calls).toEqual(['list Deployment']);
});
