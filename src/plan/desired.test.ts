import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readText } from '../mesh/text/read-text.ts';
import { refOf } from '../objects/object.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { desiredObjects, type HomeDocuments, isDocument } from './desired.ts';

function example(name: string): ResolvedMesh {
  const text = readFileSync(join(import.meta.dirname, `../../examples/${name}/mesh.yaml`), 'utf8');
  const { declared } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error(`the example ${name} declares no mesh`);
  return resolveMesh(declared);
}

function kindsIn(
  mesh: ResolvedMesh,
  cluster: ClusterTopology | undefined,
  documents?: HomeDocuments,
): readonly string[] {
  if (cluster === undefined) throw new Error('there is no such cluster');
  return desiredObjects(mesh, cluster, () => [], documents).flatMap(({ object }) =>
    isDocument(refOf(object)) || object.kind === 'CustomResourceDefinition' ? [object.kind] : [],
  );
}

test('the home cluster alone is to hold the declared documents, unless they are left to others', () => {
  const mesh = example('two-networks');
  const home = mesh.topology.clusters.find(({ name }) => name === mesh.home);
  const other = mesh.topology.clusters.find(({ name }) => name !== mesh.home);
  expect(kindsIn(mesh, home)).toEqual(expect.arrayContaining(['CustomResourceDefinition', 'Mesh', 'MeshCluster']));
  expect(new Set(kindsIn(mesh, home, 'Leave'))).toEqual(new Set(['CustomResourceDefinition']));
  expect(kindsIn(mesh, other)).toEqual([]);
});
