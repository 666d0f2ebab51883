import { expect, test } from 'vitest';
import type { KubeClient } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import { readCluster } from './read-cluster.ts';

test('an object that cannot be read is a gap of the snapshot, by its name', async () => {
  const fake = createFake({ cluster: 'west' });
  const client: KubeClient = {
    ...fake,
    list: async (kind, options) => {
      if (kind.kind === 'Pod') options?.onUnreadable?.({ object: 'Pod shop/deep', problem: 'why' });
      return [];
    },
  };
  const { gaps } = await readCluster(client, new AbortController().signal);
  expect(gaps).toEqual(['west: Pod shop/deep is left out: why']);
});
