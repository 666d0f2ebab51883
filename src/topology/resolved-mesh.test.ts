import { expect, test } from 'vitest';
import { readText } from '../mesh/text/read-text.ts';
import { resolveMesh } from './resolved-mesh.ts';

test('a resolved mesh has its names, its home and its topology in the order of the file', () => {
  const cluster = (name: string): string =>
    `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: ${name}}\n`;
  const head = 'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\n';
  const spec = 'spec: {istio: {version: "1.31"}, home: east}\n';
  const { declared } = readText(head + spec + cluster('west') + cluster('east'), 'mesh.yaml');
  if (declared === undefined) throw new Error('the mesh file is wrong');
  const mesh = resolveMesh(declared);
  expect(mesh).toMatchObject({ name: 'shop', home: 'east', names: ['west', 'east'] });
  expect(mesh.topology.clusters.map(({ name }) => name)).toEqual(mesh.names);
});
