import { expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { forget, readRetained, retain, retainedRef } from './retained.ts';

const { namespace, name, ...kind } = retainedRef;
const spec = { network: 'eu', gateway: { type: 'NodePort' } };

test('a retained cluster is what was declared of it, in its own mesh, until it is forgotten', async () => {
  const client = createFake({
    objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } }],
  });
  expect(await readRetained(client, 'shop')).toEqual([]);
  await retain(client, 'shop', { name: 'east', spec });
  await retain(client, 'shop', { name: 'apac', spec: { network: 'ap' } });
  expect((await readRetained(client, 'shop')).map(({ metadata, spec: kept }) => [metadata.name, kept])).toEqual([
    ['east', spec],
    ['apac', { network: 'ap' }],
  ]);
  expect(await readRetained(client, 'sho')).toEqual([]);
  await forget(client, 'shop', 'east');
  await forget(client, 'shop', 'nobody');
  expect((await readRetained(client, 'shop')).map(({ metadata }) => metadata.name)).toEqual(['apac']);
});

test('what is no record is passed over', async () => {
  const data = { 'shop.east': 'no JSON', 'shop.apac': '[]', other: '{}' };
  const client = createFake({ objects: [{ ...kind, metadata: { namespace, name }, data }] });
  expect(await readRetained(client, 'shop')).toEqual([]);
});
