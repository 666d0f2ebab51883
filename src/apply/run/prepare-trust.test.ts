import { expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import { createFake, type FakeClient } from '../../kube/testing/fake.ts';
import { readText } from '../../mesh/text/read-text.ts';
import type { KubeObject } from '../../objects/object.ts';
import type { RootFiles } from '../../pki/schema.ts';
import { documentDefinitions } from '../../plan/documents.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import type { RootStore } from '../../trust/root-store.ts';
import { type PreparedTrust, prepareTrust } from './prepare-trust.ts';

const home = clusterName.parse('hub');

function memory(create: RootStore['create'] = 'IfMissing'): RootStore & { readonly kept: Map<string, RootFiles> } {
  const kept = new Map<string, RootFiles>();
  return {
    kept,
    create,
    read: async (mesh) => kept.get(mesh),
    write: async (mesh, files) => void kept.set(mesh, files),
    folder: (mesh) => `/state/${mesh}`,
  };
}

async function prepare(client: FakeClient, roots: RootStore, trust = '{}'): Promise<PreparedTrust> {
  const head = 'apiVersion: isthmus.dev/v1alpha1\nkind: ';
  const text = `${head}Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}, trust: ${trust}}\n---\n${head}MeshCluster\nmetadata: {name: hub}\nspec: {network: us}\n`;
  const { declared, findings } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return await prepareTrust({
    mesh: resolveMesh(declared),
    ports: {
      clients: new Map([[home, client]]),
      roots,
      crypto: globalThis.crypto,
      clock: systemClock,
      signal: new AbortController().signal,
      holder: 'ann',
      onEvent: () => undefined,
    },
  });
}

const hub = (...objects: readonly KubeObject[]): FakeClient =>
  createFake({ cluster: 'hub', objects: [...documentDefinitions('shop'), ...objects] });
const names = (client: FakeClient): readonly string[] =>
  client
    .objects()
    .filter(({ metadata }) => metadata.namespace === 'isthmus-system')
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .toSorted();

test('root, the key of the issuer and the issuer are made, and made once', async () => {
  const [client, roots] = [hub(), memory()];
  expect(await prepare(client, roots)).toEqual({ issuer: 'Made', rootFolder: '/state/shop' });
  expect(roots.kept.get('shop')).toHaveProperty('privateKey');
  expect(names(client)).toEqual(expect.arrayContaining(['Secret isthmus-issuer', 'WrappingKey isthmus-issuer']));
  const before = JSON.stringify(client.objects().filter(({ kind }) => kind === 'Secret'));
  expect(await prepare(client, roots)).toEqual({ issuer: 'There', rootFolder: undefined });
  expect(JSON.stringify(client.objects().filter(({ kind }) => kind === 'Secret'))).toBe(before);
});

test('nothing of an issuer is in the cluster before its root is kept', async () => {
  const client = hub();
  const write: RootStore['write'] = async () => {
    expect(names(client).filter((name) => name.includes('issuer'))).toEqual([]);
    throw new Error('the disk is full');
  };
  await expect(prepare(client, { ...memory(), write })).rejects.toThrow('the disk is full');
  expect(names(client).filter((name) => name.includes('issuer'))).toEqual([]);
});

test('an issuer is made of the root that is on this machine', async () => {
  const roots = memory();
  await prepare(hub(), roots);
  expect(await prepare(hub(), roots)).toEqual({ issuer: 'Made', rootFolder: undefined });
});

test('no root is made beside certificates that the home cluster has already', async () => {
  const metadata = { name: 'cacerts', namespace: 'istio-system' };
  const client = hub({ apiVersion: 'v1', kind: 'Secret', metadata, data: {} });
  await expect(prepare(client, memory())).rejects.toMatchObject({ code: 'root-key-missing' });
  expect(names(client).filter((name) => name.includes('issuer'))).toEqual([]);
});

test('an issuer in files is of no use to a pod', async () => {
  const client = hub();
  const files = '{issuer: {files: {certificate: a.pem, privateKey: a.key, root: r.pem}}}';
  await expect(prepare(client, memory(), files)).rejects.toMatchObject({ code: 'invalid-config' });
  expect(names(client)).toEqual([]);
});

test('a Secret that the mesh names must be there', async () => {
  await expect(prepare(hub(), memory(), '{issuer: {secret: ours}}')).rejects.toBeInstanceOf(IsthmusError);
});
