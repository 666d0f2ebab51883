import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel, systemNamespace } from '../objects/ownership.ts';
import { type ObjectChange, type WatchPlan, watchDocuments, watchOwned, watchSecret } from './changes.ts';

const labels = { [managedByLabel]: managedByValue, [meshLabel]: 'shop' };

function object(kind: string, name: string, more: object = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: systemNamespace, labels }, ...more } as KubeObject;
}

interface Listening {
  readonly changes: ObjectChange[];
  readonly failures: IsthmusError[];
  readonly plan: WatchPlan;
  /** Lets everything happen that follows from what was done. */
  settle(): Promise<void>;
}

function listen(client: FakeClient, ending = new AbortController()): Listening {
  const changes: ObjectChange[] = [];
  const failures: IsthmusError[] = [];
  return {
    changes,
    failures,
    plan: {
      client,
      signal: ending.signal,
      onChange: (change) => changes.push(change),
      onFailure: (error) => failures.push(error),
      pause: () => Promise.resolve(),
    },
    async settle() {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    },
  };
}

const fieldManager = 'isthmus';
const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };

test('what is there at first is no change; a deletion, a foreign field and a new object are', async () => {
  const client = createFake({ objects: [object('ConfigMap', 'a', { data: { n: '0' } })] });
  const { plan, changes, settle } = listen(client);
  void watchOwned(plan, 'shop', [configMap]);
  await settle();
  expect(changes).toEqual([]);
  await client.apply(object('ConfigMap', 'a', { data: { n: '1' } }), { fieldManager: 'somebody', conflicts: 'Force' });
  await client.apply(object('ConfigMap', 'b'), { fieldManager });
  await client.delete({ ...configMap, namespace: systemNamespace, name: 'b' });
  await settle();
  expect(changes.map(({ what, part }) => `${what} ${part}`)).toEqual([
    'Modified ConfigMap a Object',
    'Added ConfigMap b Object',
    'Deleted ConfigMap b Object',
  ]);
});

test('objects of others, and of another mesh, are nobody’s interest here', async () => {
  const client = createFake({ objects: [object('ConfigMap', 'ours')] });
  const { plan, changes, settle } = listen(client);
  void watchOwned(plan, 'shop', [configMap]);
  await settle();
  const other = object('ConfigMap', 'other');
  await client.apply(
    { ...other, metadata: { ...other.metadata, labels: { ...labels, [meshLabel]: 'bank' } } },
    { fieldManager },
  );
  await client.apply({ ...other, metadata: { name: 'plain', namespace: systemNamespace } }, { fieldManager });
  await settle();
  expect(changes).toEqual([]);
});

test('the addresses of a Service are a change of its status, those of a Secret none', async () => {
  const objects = [object('Service', 'gateway'), object('Secret', 'token')];
  const client = createFake({ objects });
  const { plan, changes, settle } = listen(client);
  void watchOwned(plan, 'shop', [
    { apiVersion: 'v1', kind: 'Service' },
    { apiVersion: 'v1', kind: 'Secret' },
  ]);
  await settle();
  for (const one of objects) {
    await client.apply(
      { ...one, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
      { fieldManager: 'controller', subresource: 'status' },
    );
  }
  await settle();
  expect(changes.filter(({ kind }) => kind === 'Service').length).toBeGreaterThan(0);
});

test('a written status is no change of a document', async () => {
  const document = {
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshCluster',
    metadata: { name: 'west', namespace: systemNamespace, generation: 1 },
  };
  const client = createFake({ objects: [document as KubeObject] });
  const { plan, changes, settle } = listen(client);
  void watchDocuments(plan);
  await settle();
  await client.apply({ ...document, status: { phase: 'Available' } } as KubeObject, {
    fieldManager,
    subresource: 'status',
  });
  await settle();
  expect(changes).toEqual([]);
  const ref = { apiVersion: document.apiVersion, kind: document.kind, namespace: systemNamespace, name: 'west' };
  client.change(ref, (found) => ({ ...found, metadata: { ...found.metadata, generation: 2 } }));
  await settle();
  expect(changes.map(({ what }) => what)).toEqual(['Modified MeshCluster west']);
  client.change(ref, (found) => ({
    ...found,
    metadata: { ...found.metadata, annotations: { 'isthmus.dev/paused': 'true' } },
  }));
  await settle();
  expect(changes).toHaveLength(2);
  client.change(ref, (found) => ({
    ...found,
    metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, 'isthmus.dev/renew-token': 'now' } },
  }));
  await settle();
  expect(changes.map(({ part }) => part)).toEqual(['Object', 'Object', 'Asked']);
});

test('a Secret is watched by its name alone', async () => {
  const client = createFake({ objects: [object('Secret', 'east'), object('Secret', 'other')] });
  const { plan, changes, settle } = listen(client);
  void watchSecret(plan, 'east');
  await settle();
  await client.apply(object('Secret', 'other', { data: { a: 'Yg==' } }), { fieldManager });
  await settle();
  expect(changes).toEqual([]);
  await client.apply(object('Secret', 'east', { data: { a: 'Yg==' } }), { fieldManager });
  await settle();
  expect(changes).toHaveLength(1);
});

test('a watch that fails is reported and begun again, and ends with its signal', async () => {
  let attempts = 0;
  const client = createFake({
    intercept: ({ verb }) => {
      if (verb !== 'watch') return;
      attempts += 1;
      if (attempts <= 2) throw new IsthmusError('access-denied', 'may not watch');
    },
  });
  const ending = new AbortController();
  const { plan, failures, settle } = listen(client, ending);
  const watching = watchOwned(plan, 'shop', [configMap]);
  await settle();
  expect(attempts).toBe(3);
  expect(failures.map(({ code }) => code)).toEqual(['access-denied', 'access-denied']);
  ending.abort();
  await watching;
});
