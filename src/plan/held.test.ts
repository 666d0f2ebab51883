import { expect, test } from 'vitest';
import type { Json } from '../base/json.ts';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import { heldPart } from './held.ts';

function live(fieldsV1: Json, more: object): KubeObject {
  const managedFields = [
    { manager: 'istiod', operation: 'Update', fieldsV1: { 'f:status': {} } },
    { manager: fieldManager, operation: 'Apply', fieldsV1 },
  ];
  const metadata = {
    name: 'istio',
    namespace: 'istio-system',
    uid: 'u',
    labels: { ours: 'a', theirs: 'b' },
    managedFields,
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', ...more, metadata } as unknown as KubeObject;
}

test('it has the fields of our field set, and the identity that no field set names', () => {
  const held = { 'f:metadata': { 'f:labels': { 'f:ours': {} } }, 'f:data': { 'f:mesh': {} } };
  expect(heldPart(live(held, { data: { mesh: 'text', theirs: 'x' }, status: { a: 1 } }))).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system', labels: { ours: 'a' } },
    data: { mesh: 'text' },
  });
});

test('a list without keys is whole, one with keys has the items that are ours', () => {
  const items = [
    { port: 1, a: 1, b: 2 },
    { port: 2, a: 3 },
  ];
  const held = {
    'f:spec': {
      'f:whole': {},
      'f:keyed': { 'k:{"port":1}': { '.': {}, 'f:port': {}, 'f:a': {} } },
      'f:set': { '.': {}, 'v:"x"': {} },
    },
  };
  expect(heldPart(live(held, { spec: { whole: items, keyed: items, set: ['x', 'y'], others: 1 } }))).toMatchObject({
    spec: { whole: items, keyed: [{ port: 1, a: 1 }], set: ['x'] },
  });
  expect(heldPart(live(held, { spec: { whole: items } }))?.spec).toEqual({ whole: items });
});

test('an object that we never applied has no such part', () => {
  expect(heldPart({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })).toBeUndefined();
});

test('what was applied is what is held', async () => {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'a', labels: { x: 'y' } },
    data: { mesh: 'text' },
  };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
  const client = createFake({ objects: [namespace] });
  await client.apply(object, { fieldManager, conflicts: 'Force' });
  const found = await client.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'istio' });
  expect(found === undefined ? undefined : heldPart(found)).toEqual(object);
});
