import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { createFake, type FakeOptions } from '../kube/testing/fake.ts';
import { nodePorts } from '../node-ports.ts';
import { readSource } from './read-source.ts';
import { sessionOf } from './session.ts';
import { causesOf } from './verify-causes.ts';

const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
`;

async function causes(options: FakeOptions) {
  const client = createFake({ cluster: 'west', ...options });
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect: async () => client };
  const source = await readSource({ text, name: 'mesh.yaml' }, ports);
  const found = await causesOf(sessionOf(source, ports, {}), {});
  expect(client.counts().writes).toBe(0);
  return found;
}

test('are what status finds wrong, without what keeps no request from its way', async () => {
  const found = await causes({});
  expect(found.map(({ code }) => code)).toContain('control-plane-not-ready');
  expect(found.filter(({ code, confidence }) => confidence === 'Unknown' || code.endsWith('-unread'))).toEqual([]);
  expect(new Set(found.map(({ message }) => message)).size).toBe(found.length);
});

test('a part that may not be read is unknown, and not passed over: the cause may be there', async () => {
  const found = await causes({
    intercept({ verb, kind }) {
      if (verb !== 'raw' && kind === 'Secret')
        throw new IsthmusError('access-denied', 'ann may not read secrets', { remedy: 'have the right granted' });
    },
  });
  expect(found).toContainEqual(
    expect.objectContaining({
      code: 'cluster-part-unread',
      confidence: 'Unknown',
      message: 'unknown: its intermediate: ann may not read secrets',
      remedy: ['have the right granted'],
    }),
  );
});

test('where nothing could be looked at, that is reported of each cluster', async () => {
  const found = await causes({
    intercept({ verb, kind }) {
      if (verb === 'list' && kind === 'Deployment') throw new IsthmusError('conflict', 'another mesh is there');
    },
  });
  expect(found.map(({ cluster, confidence }) => [cluster, confidence])).toContainEqual(['west', 'Unknown']);
});
