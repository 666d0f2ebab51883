import { expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import { createFake, type FakeCall } from '../kube/testing/fake.ts';
import { nodePorts } from '../node-ports.ts';
import type { ReachableStatus, StatusReport } from '../report/status.ts';
import { openMesh } from './open-mesh.ts';

const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us, injectNamespaces: [sample]}
`;

const istiod = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod', 'isthmus.dev/mesh': 'shop' } },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'discovery', image: 'pilot:1.31.0' }] } } },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 },
};

/** The status of a cluster in which calls of this kind are denied. */
async function statusWithout(denied: string | undefined): Promise<StatusReport> {
  const intercept = ({ kind, what }: FakeCall): void => {
    if (kind === undefined || kind !== denied) return;
    throw new IsthmusError('access-denied', `you may not read ${what}`, { remedy: 'have the right granted' });
  };
  const client = createFake({ cluster: 'west', objects: [istiod], intercept });
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect: async (_: MeshCluster) => client };
  await using session = await openMesh({ text, name: 'mesh.yaml' }, ports);
  return await session.status({ drift: 'Leave' });
}

function onlyIn({ clusters }: StatusReport): ReachableStatus {
  const [cluster] = clusters;
  if (cluster?.reachable !== true) throw new Error('west was not reached');
  return cluster;
}

test.each([
  ['Secret', 'certificate', 'its intermediate'],
  ['Deployment', 'istiod', 'its istiod'],
  ['Namespace', 'injectNamespaces', 'its namespaces'],
  ['Pod', undefined, 'its pods with a proxy'],
  ['MeshShift', undefined, 'whether a shift is under way'],
] as const)('a right to read objects of kind %s that is missing costs its own column', async (kind, column, part) => {
  const whole = onlyIn(await statusWithout(undefined));
  // Who a cluster is shows in one of its namespaces, without which it is not opened.
  const found = onlyIn(await statusWithout(kind));
  const nulls = (['certificate', 'istiod', 'injectNamespaces', 'kubernetes'] as const).filter(
    (name) => found[name] === null,
  );
  expect(nulls).toEqual(column === undefined ? [] : [column]);
  expect(found.kubernetes).toBe(whole.kubernetes);
  const unknown = found.findings.find(({ code }) => code === 'cluster-part-unread');
  expect(unknown).toMatchObject({ confidence: 'Unknown', remedy: ['have the right granted'] });
  expect(unknown?.message).toContain(part);
});
