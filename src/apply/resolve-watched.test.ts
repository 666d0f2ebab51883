import { expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import { renderersAmong } from '../istio/render/renderers.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { readText } from '../mesh/text/read-text.ts';
import { type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import type { RootFiles } from '../pki/schema.ts';
import { rootToFiles } from '../pki/stored.ts';
import { inventoryObject, inventoryRef, parseInventory } from '../plan/inventory.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import type { ApplyRequest } from './options.ts';
import { resolveRun } from './resolve-run.ts';
import { confirming, resolveWatched } from './resolve-watched.ts';

const west = clusterName.parse('west');
const { signal } = new AbortController();

const { declared } = readText(
  `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
`,
  'mesh.yaml',
);

const config: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { mesh: 'a' },
};
const istiod: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod' } },
  spec: { template: { spec: { containers: [{ name: 'discovery', image: 'pilot' }] } } },
};

interface Clients {
  readonly server: FakeClient;
  readonly watched: FakeClient;
}

function requestOf({ server, watched }: Clients, root?: RootFiles): ApplyRequest {
  if (declared === undefined) throw new Error('the mesh was not read');
  return {
    mesh: resolveMesh(declared),
    ports: {
      clients: new Map([[west, server]]),
      unreachable: new Map(),
      renderers: renderersAmong([
        { version: async () => ({ version: '1.31.0', source: 'a fake' }), render: async () => [istiod, config] },
      ]),
      roots: { create: 'IfMissing', read: async () => root, write: async () => undefined, folder: () => '/nowhere' },
      crypto: globalThis.crypto,
      clock: handClock(),
      signal,
      holder: 'ann',
      onEvent: () => undefined,
    },
    scope: {},
    limits: { timeoutMs: 1_000 },
    watched: new Map([[west, watched]]),
  };
}

/** What an apply writes into an empty cluster, and its root. */
async function applied(): Promise<{ readonly objects: readonly KubeObject[]; readonly root: RootFiles }> {
  const empty = createFake();
  const { decisions, trust } = await resolveRun(requestOf({ server: empty, watched: empty }));
  if (trust.newRoot === undefined) throw new Error('an empty cluster has no root');
  return {
    objects: decisions.flatMap(({ changes }) => changes.map(({ change }) => change.object)),
    root: rootToFiles(trust.newRoot),
  };
}

function without(objects: readonly KubeObject[], { kind, metadata }: KubeObject): readonly KubeObject[] {
  return objects.filter((one) => one.kind !== kind || one.metadata.name !== metadata.name);
}

test('what is missing is decided by the watches, and written by a client that asks the server', async () => {
  const { objects, root } = await applied();
  const asked: string[] = [];
  const server = createFake({ intercept: ({ what }) => void asked.push(what) });
  const watched = createFake({ applied: without(objects, config) });
  const run = await resolveWatched(requestOf({ server, watched }, root));
  expect(
    run?.decisions.flatMap(({ changes }) => changes.map(({ change }) => [change.action, change.ref.name])),
  ).toEqual([['Create', 'istio']]);
  expect([run?.prepared[0]?.client, run?.decisions[0]?.part.client]).toEqual([server, server]);
  expect(asked).toEqual(['list MeshShift']);
});

test('the servers are asked where a root is new, trust changes, an istiod that serves changes, or something is to go', async () => {
  const { objects, root } = await applied();
  const ask = async (watched: FakeClient, files: RootFiles | undefined): Promise<unknown> =>
    await resolveWatched(requestOf({ server: createFake(), watched }, files));
  expect(await ask(createFake(), undefined)).toBeUndefined();
  const issuer = objects.find(({ metadata }) => metadata.name === 'cacerts');
  if (issuer === undefined) throw new Error('an apply writes cacerts');
  expect(await ask(createFake({ applied: without(objects, issuer) }), root)).toBeUndefined();
  const changed = objects.map((one) =>
    one.kind === 'Deployment'
      ? { ...one, metadata: { ...one.metadata, annotations: { 'isthmus.dev/applied': 'old' } } }
      : one,
  );
  expect(await ask(createFake({ applied: changed }), root)).toBeUndefined();
  const inventory = objects.find((one) => one.metadata.name === inventoryRef.name);
  if (inventory === undefined) throw new Error('an apply writes its inventory');
  const left: ObjectRef = { ...refOf(config), name: 'istio-old' };
  const longer = inventoryObject('shop', [...parseInventory(inventory), left]);
  const stale = [
    ...without(objects, inventory),
    longer,
    { ...config, metadata: { ...config.metadata, name: left.name } },
  ];
  expect(await ask(createFake({ applied: stale }), root)).toBeUndefined();
});

test('an object is written only as it was decided, once asked for', async () => {
  const client = createFake({ objects: [config] });
  const ref = refOf(config);
  const live = await client.get(ref);
  const confirmed = confirming(signal);
  expect(await confirmed({ client, ref, live })).toBe(true);
  client.change(ref, (object) => ({ ...object, data: { mesh: 'b' } }));
  expect(await confirmed({ client, ref, live })).toBe(true);
  expect(await confirming(signal)({ client, ref, live })).toBe(false);
  expect(await confirming(signal)({ client, ref, live: undefined })).toBe(false);
  expect(await confirming(signal)({ client, ref: { ...ref, name: 'absent' }, live: undefined })).toBe(true);
});
