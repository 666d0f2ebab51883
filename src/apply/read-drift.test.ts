import { describe, expect, test } from 'vitest';
import { type ClusterName, clusterName, meshName } from '../api/name.ts';
import { encodeBase64Text } from '../base/base64.ts';
import { IsthmusError } from '../base/error.ts';
import type { ClusterDrift } from '../diagnose/facts/drift.ts';
import { renderersAmong } from '../istio/render/renderers.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { readText } from '../mesh/text/read-text.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import { createIntermediate, createIssuer, createRoot } from '../pki/authority.ts';
import { caCertsTexts } from '../pki/bundle.ts';
import type { RootFiles } from '../pki/schema.ts';
import { rootToFiles } from '../pki/stored.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import type { MeshPorts } from './options.ts';
import { planMesh } from './plan-mesh.ts';
import { readDrift } from './read-drift.ts';

const west = clusterName.parse('west');
const east = clusterName.parse('east');

const clusters = ['west', 'east'].map(
  (name) => `kind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: us, injectNamespaces: [sample]}\n`,
);
const services = [
  'kind: MeshService\nmetadata: {name: web, namespace: shop}\nspec: {split: {west: 80, east: 20}}\n',
  'kind: MeshService\nmetadata: {name: db, namespace: shop}\nspec: {scope: Cluster}\n',
];
const documents = ['kind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n', ...clusters, ...services];
const { declared } = readText(
  documents.map((document) => `apiVersion: isthmus.dev/v1alpha1\n${document}`).join('---\n'),
  'mesh.yaml',
);

const rendered: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' }, data: { mesh: 'a' } },
];

function requestOf(clients: ReadonlyMap<ClusterName, FakeClient>, over: Partial<MeshPorts> = {}) {
  if (declared === undefined) throw new Error('the mesh was not read');
  const unwanted = (): never => {
    throw new Error('a comparison stores no root');
  };
  const ports: MeshPorts = {
    clients,
    unreachable: new Map(),
    renderers: renderersAmong([
      { version: async () => ({ version: '1.31.0', source: 'a fake' }), render: async () => rendered },
    ]),
    roots: { create: 'IfMissing', read: async () => undefined, write: unwanted, folder: () => '/nowhere' },
    crypto: globalThis.crypto,
    clock: handClock(),
    signal: new AbortController().signal,
    holder: 'ann',
    onEvent: () => undefined,
    ...over,
  };
  return { mesh: resolveMesh(declared), ports, scope: {} };
}

const empty = (): ReadonlyMap<ClusterName, FakeClient> =>
  new Map([west, east].map((name) => [name, createFake({ objects: [] })]));

function compared(drift: ClusterDrift | undefined): Extract<ClusterDrift, { state: 'Compared' }> {
  if (drift?.state !== 'Compared') throw new Error(`it was not compared: ${JSON.stringify(drift)}`);
  return drift;
}

describe('the objects that are not as declared', () => {
  test('are those of a plan, but for the inventory, which follows from them', async () => {
    const found = compared((await readDrift(requestOf(empty()))).get(west));
    const { plan } = await planMesh(requestOf(empty()));
    const planned = plan.clusters.find(({ cluster }) => cluster === west);
    if (planned?.outcome !== 'Planned') throw new Error('west was not planned');
    expect(found.objects.length).toBe(planned.changes.length - 1);
    expect(found.objects.every(({ what }) => what === 'Missing')).toBe(true);
  });

  test('name the MeshServices that they carry out, settings for those that stay in their cluster among them', async () => {
    const { services: carried } = compared((await readDrift(requestOf(empty()))).get(east));
    expect(carried).toEqual([
      { namespace: 'shop', name: 'web' },
      { namespace: 'shop', name: 'db' },
    ]);
  });
});

describe('what cannot be compared', () => {
  test('is unread in every cluster where the renderer is missing', async () => {
    const error = new IsthmusError('istioctl-not-found', 'there is no istioctl');
    const renderer = { version: () => Promise.reject(error), render: async () => rendered };
    const found = await readDrift(requestOf(empty(), { renderers: renderersAmong([renderer]) }));
    expect([...found]).toEqual([
      [west, { state: 'Unread', error }],
      [east, { state: 'Unread', error }],
    ]);
  });

  test('costs a cluster that did not answer its own part', async () => {
    const error = new IsthmusError('cluster-unreachable', 'refused');
    const clients = new Map([[west, createFake({ objects: [] })]]);
    const found = await readDrift(requestOf(clients, { unreachable: new Map([[east, error]]) }));
    expect(found.get(east)).toEqual({ state: 'Unread', error });
    expect(found.get(west)?.state).toBe('Compared');
  });
});

describe('while the home cluster does not answer', () => {
  const error = new IsthmusError('cluster-unreachable', 'refused');
  const environment = { crypto: globalThis.crypto, now: handClock().now() };

  async function ofEastAlone(rootFiles: RootFiles | undefined, objects: readonly KubeObject[]) {
    const roots: MeshPorts['roots'] = { ...requestOf(empty()).ports.roots, read: async () => rootFiles };
    const clients = new Map([[east, createFake({ objects })]]);
    const found = await readDrift(requestOf(clients, { roots, unreachable: new Map([[west, error]]) }));
    return found.get(east);
  }

  async function trusted(): Promise<{ readonly files: RootFiles; readonly secret: KubeObject }> {
    const wish = { mesh: meshName.parse('shop'), trustDomain: 'cluster.local' };
    const root = await createRoot(wish, environment);
    const issuer = await createIssuer(root, wish, environment);
    const texts = caCertsTexts(
      await createIntermediate(issuer, { ...wish, cluster: east, lifetime: '2160h' }, environment),
    );
    const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encodeBase64Text(text)]));
    const metadata = { name: 'cacerts', namespace: 'istio-system', labels: { [meshLabel]: 'shop' } };
    return { files: rootToFiles(root), secret: { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data } };
  }

  test('a cacerts is held against no issuer, and one that is gone is missing', async () => {
    const { files, secret } = await trusted();
    const named = (drift: ClusterDrift | undefined) =>
      compared(drift).objects.filter(({ object }) => object === 'Secret istio-system/cacerts');
    expect(named(await ofEastAlone(files, [secret]))).toEqual([]);
    expect(named(await ofEastAlone(files, []))).toMatchObject([{ what: 'Missing' }]);
  });

  test('that is why nothing is compared where the root is not on this machine either', async () => {
    const { secret } = await trusted();
    expect(await ofEastAlone(undefined, [secret])).toEqual({ state: 'Unread', error });
  });
});
