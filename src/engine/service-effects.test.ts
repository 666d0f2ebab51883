import { expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { createFake, type FakeCall } from '../kube/testing/fake.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import { nodePorts } from '../node-ports.ts';
import { openMesh } from './open-mesh.ts';
import type { StatusOptions } from './options.ts';

const text = stream(meshText, clusterText('west'));
const service = `---
apiVersion: isthmus.dev/v1alpha1
kind: MeshService
metadata: {name: web, namespace: shop}
spec: {failover: [{to: west}]}
`;

/** The status of a cluster without an istiod, and what was read for it. */
async function statusOf(more: string, options: StatusOptions = {}) {
  const calls: FakeCall[] = [];
  const client = createFake({ cluster: 'west', intercept: (call) => void calls.push(call) });
  const connect = async (_cluster: MeshCluster) => client;
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect };
  await using session = await openMesh({ text: text + more, name: 'mesh.yaml' }, ports);
  const [cluster] = (await session.status(options)).clusters;
  return { services: cluster?.reachable === true ? cluster.services : undefined, kinds: calls.map(({ kind }) => kind) };
}

test('a status reads what steers services where MeshServices are declared', async () => {
  const { services, kinds } = await statusOf(service);
  expect(kinds).toContain('VirtualService');
  expect(services).toEqual([{ namespace: 'shop', name: 'web', policy: 'failover', inEffect: 'Unknown' }]);
});

test('and nothing more where there are none, or where it is to be fast', async () => {
  const without = await statusOf('');
  const fast = await statusOf(service, { drift: 'Leave' });
  for (const { services, kinds } of [without, fast]) {
    expect(kinds).not.toContain('VirtualService');
    expect(services).toBeUndefined();
  }
});
