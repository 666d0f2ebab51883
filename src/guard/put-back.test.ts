import { expect, test } from 'vitest';
import { objectsAt } from '../base/json.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { type KubeObject, refOf } from '../objects/object.ts';
import { fieldManager, owned } from '../objects/ownership.ts';
import { appliedObject } from '../plan/change.ts';
import { virtualClock } from '../probe/virtual-clock.ts';
import { undoIn } from '../undo/undo.ts';
import { entriesOf, type GuardedChange } from './put-back.ts';

const digest = (text: string): string => `digest of ${text}`;
const { signal } = new AbortController();
const context = { digest, signal };

function named(kind: string, spec: object, name = 'isthmus-sample-reviews'): KubeObject {
  const object = { apiVersion: 'networking.istio.io/v1', kind, metadata: { name, namespace: 'istio-system' }, spec };
  return appliedObject(owned(object as unknown as KubeObject, 'shop'), digest);
}
const rule = (...subsets: readonly string[]): KubeObject =>
  named('DestinationRule', { host: 'reviews', subsets: subsets.map((name) => ({ name, labels: { version: name } })) });
const route = (...subsets: readonly string[]): KubeObject =>
  named('VirtualService', { http: [{ route: subsets.map((subset) => ({ destination: { subset } })) }] });

async function holding(...objects: readonly KubeObject[]): Promise<FakeClient> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } };
  const others = [named('DestinationRule', {}, 'other'), named('VirtualService', {}, 'other')];
  const client = createFake({ objects: [namespace, ...others], clock: handClock() });
  for (const object of objects) await client.apply(object, { fieldManager, conflicts: 'Force' });
  return client;
}

const change = (action: GuardedChange['action'], object: KubeObject): GuardedChange => ({
  ...{ cluster: 'west', action, object, digests: [] },
});

/** The spec of the rule and of the route. */
async function held(client: FakeClient): Promise<readonly unknown[]> {
  return await Promise.all([rule(), route()].map(async (one) => (await client.get(refOf(one)))?.spec));
}

/** Guards some changes, makes them, and puts them back. */
async function thereAndBack(client: FakeClient, changes: readonly GuardedChange[]) {
  const entries = await entriesOf(client, changes, context);
  for (const { action, object } of changes) {
    if (action === 'Write') await client.apply(object, { fieldManager, conflicts: 'Force' });
    else await client.delete(refOf(object));
  }
  const record = { version: 1, mesh: 'shop', subject: 'guard', expiresAt: '2026-01-01T00:00:00Z', faults: [] } as const;
  return await undoIn(client, { ...record, faults: [], entries: [...entries] }, { clock: virtualClock(), signal });
}

test('what was changed is as before, whatever it was changed to', async () => {
  const client = await holding(rule('v1', 'v2'), route('v1', 'v2'));
  const before = await held(client);
  const { left } = await thereAndBack(client, [change('Write', rule('v1', 'v9')), change('Write', route('v1', 'v9'))]);
  expect(left).toEqual([]);
  expect(await held(client)).toEqual(before);
});

test('what was made is deleted, and what was deleted is there again', async () => {
  const made = await holding();
  await thereAndBack(made, [change('Write', rule('v1')), change('Write', route('v1'))]);
  expect(await held(made)).toEqual([undefined, undefined]);
  const client = await holding(rule('v1', 'v2'), route('v1', 'v2'));
  const before = await held(client);
  const live = await Promise.all([rule(), route()].map(async (one) => await client.get(refOf(one))));
  await thereAndBack(
    client,
    live.flatMap((one) => (one === undefined ? [] : [change('Delete', one)])),
  );
  expect(await held(client)).toEqual(before);
});

test('the form between, which has the subsets of both, is known for one of the change', async () => {
  const client = await holding(rule('v1', 'v2'), route('v1', 'v2'));
  const entries = await entriesOf(client, [change('Write', rule('v1', 'v9'))], context);
  await client.apply(rule('v1', 'v9', 'v2'), { fieldManager, conflicts: 'Force' });
  const record = { version: 1, mesh: 'shop', subject: 'guard', expiresAt: '2026-01-01T00:00:00Z' } as const;
  const ports = { clock: virtualClock(), signal };
  expect((await undoIn(client, { ...record, entries: [...entries], faults: [] }, ports)).left).toEqual([]);
  const found = await client.get(refOf(rule()));
  expect(objectsAt(found, ['spec', 'subsets']).map(({ name }) => name)).toEqual(['v1', 'v2']);
});

test('a route that comes back finds its subsets', async () => {
  const client = await holding(rule('v1', 'v2'), route('v1', 'v2'));
  const entries = await entriesOf(client, [change('Write', rule('v9')), change('Write', route('v9'))], context);
  for (const object of [rule('v9'), route('v9')]) await client.apply(object, { fieldManager, conflicts: 'Force' });
  const seen: unknown[] = [];
  const watching: FakeClient = {
    ...client,
    apply: async (object, options) => {
      seen.push([object.kind, objectsAt(object, ['spec', 'subsets']).map(({ name }) => name)]);
      return await client.apply(object, options);
    },
  };
  const record = { version: 1, mesh: 'shop', subject: 'guard', expiresAt: '2026-01-01T00:00:00Z' } as const;
  await undoIn(watching, { ...record, entries: [...entries], faults: [] }, { clock: virtualClock(), signal });
  expect(seen).toEqual([
    ['DestinationRule', ['v1', 'v2', 'v9']],
    ['VirtualService', []],
    ['DestinationRule', ['v1', 'v2']],
  ]);
});

test('what another has applied is refused', async () => {
  const client = await holding();
  await client.apply(rule('v1'), { fieldManager: 'someone', conflicts: 'Force' });
  await expect(entriesOf(client, [change('Write', rule('v2'))], context)).rejects.toMatchObject({
    code: 'guard-refused',
    message: expect.stringContaining('was not applied by this mesh alone'),
  });
});
