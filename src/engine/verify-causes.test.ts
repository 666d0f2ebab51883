import { expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
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

test('are what status finds wrong, without what keeps no request from its way', async () => {
  const client = createFake({ cluster: 'west' });
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect: async () => client };
  const source = await readSource({ text, name: 'mesh.yaml' }, ports);
  const causes = await causesOf(sessionOf(source, ports, {}), {});
  expect(causes.map(({ code }) => code)).toContain('control-plane-not-ready');
  expect(causes.filter(({ code, confidence }) => confidence === 'Unknown' || code.endsWith('-unread'))).toEqual([]);
  expect(new Set(causes.map(({ message }) => message)).size).toBe(causes.length);
  expect(client.counts().writes).toBe(0);
});
