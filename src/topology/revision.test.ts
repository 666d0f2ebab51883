import { describe, expect, test } from 'vitest';
import { readText } from '../mesh/text/read-text.ts';
import { type ClusterTopology, resolveTopology, revisionOf } from './topology.ts';

type Istio = Readonly<Record<string, string>>;

/** The clusters `west`, with its settings of Istio, and `east`, its remote unless told otherwise. */
function resolve(
  ofMesh: Istio,
  ofWest: Istio = {},
  east: object = { controlPlane: { remoteOf: 'west' } },
): readonly ClusterTopology[] {
  const documents = [
    { kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { version: '1.31', ...ofMesh } } },
    {
      kind: 'MeshCluster',
      metadata: { name: 'west' },
      spec: { network: 'us', istio: ofWest, injectNamespaces: ['a', 'b'], movedNamespaces: ['b'] },
    },
    { kind: 'MeshCluster', metadata: { name: 'east' }, spec: { network: 'us', ...east } },
  ];
  const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
  const { declared, findings } = readText(texts.join('\n---\n'), 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return resolveTopology(declared).clusters;
}

function revisions(clusters: readonly ClusterTopology[]): readonly string[] {
  return clusters.map(({ revision, previousRevision = '-' }) => `${revision} ${previousRevision}`);
}

test('the version of a cluster is that of the istiod that serves it', () => {
  const versions = (east: object): readonly string[] =>
    resolve({}, { version: '1.30' }, east).map(({ version }) => version);
  expect(versions({})).toEqual(['1.30', '1.31']);
  expect(versions({ istio: { version: '1.30.4' } })).toEqual(['1.30', '1.30.4']);
  expect(versions({ controlPlane: { remoteOf: 'west' } })).toEqual(['1.30', '1.30']);
  expect(versions({ controlPlane: { externalOf: 'west' } })).toEqual(['1.30', '1.30']);
});

describe('revisions', () => {
  test('without one it is the default', () => {
    expect(revisions(resolve({}))).toEqual(['default -', 'default -']);
  });

  test("a cluster's own counts before the mesh's, and a remote has those of its primary", () => {
    expect(revisions(resolve({ revision: 'green', previousRevision: 'blue' }))).toEqual(['green blue', 'green blue']);
    expect(revisions(resolve({ revision: 'blue' }, { revision: 'green', previousRevision: 'blue' }))).toEqual([
      'green blue',
      'green blue',
    ]);
  });

  test('a cluster that stays with the old one is not being upgraded', () => {
    expect(revisions(resolve({ revision: 'green', previousRevision: 'blue' }, { revision: 'blue' }))).toEqual([
      'blue -',
      'blue -',
    ]);
  });

  test('an istiod in a hub has none', () => {
    const hosted = { controlPlane: { externalOf: 'west' } };
    expect(revisions(resolve({ revision: 'green' }, {}, hosted))).toEqual(['green -', 'default -']);
  });

  test('during an upgrade only the namespaces that are named have moved', () => {
    const [west] = resolve({ revision: 'green', previousRevision: 'default' });
    if (west === undefined) throw new Error('there is no west');
    expect(['a', 'b'].map((name) => revisionOf(west, name))).toEqual(['default', 'green']);
  });

  test('outside of one all namespaces are served by the one revision', () => {
    const [west] = resolve({ revision: 'green' });
    if (west === undefined) throw new Error('there is no west');
    expect(['a', 'b'].map((name) => revisionOf(west, name))).toEqual(['green', 'green']);
  });
});

describe('an Istio that is there', () => {
  test('is adopted where the cluster or the mesh says so, and where the cluster has an istiod of its own', () => {
    const istio = (clusters: readonly ClusterTopology[]): readonly string[] => clusters.map((one) => one.istio);
    expect(istio(resolve({}))).toEqual(['Rendered', 'Rendered']);
    expect(istio(resolve({}, { renderer: 'Installed' }, {}))).toEqual(['Installed', 'Rendered']);
    expect(istio(resolve({ renderer: 'Installed' }))).toEqual(['Installed', 'Rendered']);
    expect(istio(resolve({ renderer: 'Installed' }, {}, {}))).toEqual(['Installed', 'Installed']);
  });
});
