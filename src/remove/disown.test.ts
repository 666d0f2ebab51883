import { expect, test } from 'vitest';
import { refOf } from '../objects/object.ts';
import { appliedAnnotation, managedByLabel, meshLabel } from '../objects/ownership.ts';
import { inventoryObject, inventoryRef } from '../plan/inventory.ts';
import { disownCluster } from './disown.ts';
import { fakeCluster, object, ours } from './fake-cluster.ts';

test('what a cluster holds stays and carries no label of the mesh; what is another mesh’s is left alone', async () => {
  const istiod = ours('apps/v1/Deployment istio-system/istiod');
  const foreign = object('v1/Service istio-system/other', { metadata: { labels: { [meshLabel]: 'bank' } } });
  const gone = object('v1/Service istio-system/gone');
  const inventory = inventoryObject('shop', [istiod, foreign, gone].map(refOf));
  const client = fakeCluster({ objects: [istiod, foreign, inventory] });
  const before = client.objects().length;
  let writes = 0;
  const beforeWrite = async (): Promise<void> => {
    writes += 1;
  };
  const signal = new AbortController().signal;
  expect(await disownCluster({ client, mesh: 'shop', signal, beforeWrite })).toBe(1);
  expect(client.objects()).toHaveLength(before);
  const left = await client.get(refOf(istiod));
  expect(left?.metadata.labels ?? {}).not.toHaveProperty([managedByLabel]);
  expect(left?.metadata.labels ?? {}).not.toHaveProperty([meshLabel]);
  expect(left?.metadata.annotations ?? {}).not.toHaveProperty([appliedAnnotation]);
  expect((await client.get(refOf(foreign)))?.metadata.labels).toEqual({ [meshLabel]: 'bank' });
  expect(await client.get(inventoryRef)).not.toHaveProperty('data');
  expect(writes).toBe(2);
});
