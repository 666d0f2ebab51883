import { expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import { createFake } from '../kube/testing/fake.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import { deletePeerSecret, peerSecretsIn } from './peers.ts';

const west = clusterName.parse('west');
const question = { mesh: 'shop', gone: ['east'], signal: new AbortController().signal };

function secret(name: string, { namespace = 'istio-system', cluster = 'east', own = true } = {}): KubeObject {
  const marks = own ? { [managedByLabel]: managedByValue, [meshLabel]: 'shop' } : {};
  const labels = { [multiClusterLabel]: 'true', ...marks };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels, annotations: { [clusterAnnotation]: cluster } },
  };
}

test('of remote secrets those are taken that are ours, for a cluster that goes, where istiods read them', async () => {
  const client = createFake({
    objects: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } },
      secret('of-somebody', { own: false }),
      secret('elsewhere', { namespace: 'prod' }),
      secret('for-another', { cluster: 'north' }),
    ],
    applied: [secret('ours')],
  });
  const found = await peerSecretsIn(west, client, question);
  expect(found.map((one) => one.secret.name)).toEqual(['ours']);
});

test('one that somebody recreated since it was read stays', async () => {
  const client = createFake({ applied: [secret('ours')] });
  const [found] = await peerSecretsIn(west, client, question);
  if (found === undefined) throw new Error('nothing was found');
  const { uid: _, ...ref } = found.secret;
  await client.delete(ref);
  await client.create(secret('ours', { own: false }));
  await expect(deletePeerSecret(client, found)).rejects.toMatchObject({ code: 'conflict' });
  expect(await client.get(ref)).toBeDefined();
});
