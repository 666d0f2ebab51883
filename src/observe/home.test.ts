import { expect, test } from 'vitest';
import { type JsonObject, valueAt } from '../base/json.ts';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { readHome } from './home.ts';

const { signal } = new AbortController();

function document(kind: string, name: string, spec: JsonObject): KubeObject {
  return { apiVersion: 'isthmus.dev/v1alpha1', kind, metadata: { name, namespace: 'isthmus-system' }, spec };
}

const cluster = (name: string, access: JsonObject = {}): KubeObject =>
  document('MeshCluster', name, { network: 'us', access });

async function homeOf(spec: JsonObject, ...clusters: readonly KubeObject[]): Promise<unknown> {
  const objects = [document('Mesh', 'shop', { istio: { version: '1.31' }, ...spec }), ...clusters];
  const [mesh] = await readHome(createFake({ objects }), signal);
  return valueAt(mesh, ['spec', 'home']);
}

test('the home cluster is the one that the Mesh names', async () => {
  expect(await homeOf({ home: 'west' }, cluster('east', { inCluster: {} }), cluster('west'))).toBe('west');
});

test('without a name it is the one that says so, and never the first in the alphabet', async () => {
  expect(await homeOf({}, cluster('east'), cluster('west', { inCluster: {} }))).toBe('west');
  expect(await homeOf({}, cluster('east'))).toBeUndefined();
  for (const clusters of [
    [cluster('east'), cluster('west')],
    [cluster('east', { inCluster: {} }), cluster('west', { inCluster: {} })],
  ]) {
    await expect(homeOf({}, ...clusters)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('Mesh shop of west does not name its home cluster'),
    });
  }
});
