import { expect, test } from 'vitest';
import { readText } from './read-text.ts';

interface Declared {
  readonly name: string;
  readonly controlPlane?: string;
}

function file(...clusters: readonly Declared[]): string {
  const mesh =
    'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n';
  const documents = clusters.map(
    ({ name, controlPlane = '{own: {}}' }) =>
      `apiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec:\n  network: lan\n  controlPlane: ${controlPlane}\n`,
  );
  return [mesh, ...documents].join('---\n');
}

const west = { name: 'west' };

test('a remote of a primary and an external control plane in one are right', () => {
  const text = file(
    west,
    { name: 'east', controlPlane: '{remoteOf: west}' },
    { name: 'edge', controlPlane: '{externalOf: west}' },
  );
  expect(readText(text, 'mesh.yaml').findings).toEqual([]);
});

test.each([
  ['{remoteOf: wset}', 'cluster-unknown', 'did you mean west?'],
  ['{externalOf: central}', 'cluster-unknown', 'declared are: west, east'],
  ['{remoteOf: east}', 'control-plane-unusable', 'name a cluster that has an istiod of its own'],
])('%s is %s', (controlPlane, code, remedy) => {
  const { findings } = readText(file(west, { name: 'east', controlPlane }), 'mesh.yaml');
  expect(findings).toMatchObject([
    { code, severity: 'error', remedy: expect.stringContaining(remedy), at: { line: 18 } },
  ]);
});

test('a chain of control planes is refused where it begins', () => {
  const text = file(
    west,
    { name: 'east', controlPlane: '{remoteOf: west}' },
    { name: 'edge', controlPlane: '{externalOf: east}' },
  );
  expect(readText(text, 'mesh.yaml').findings).toMatchObject([
    {
      code: 'control-plane-unusable',
      message:
        'MeshCluster edge: spec.controlPlane.externalOf names east, which has no istiod of its own: its spec.controlPlane.remoteOf is west',
    },
  ]);
});
