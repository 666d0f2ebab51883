import { describe, expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import { createFake, type FakeCall } from '../kube/testing/fake.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
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

interface Scene {
  readonly objects?: readonly KubeObject[];
  readonly mesh?: string;
}

/** The status of a cluster in which calls of this kind are denied. */
async function statusWithout(denied: string | undefined, scene: Scene = {}): Promise<StatusReport> {
  const { objects = [], mesh = text } = scene;
  const intercept = ({ kind, what }: FakeCall): void => {
    if (kind === undefined || kind !== denied) return;
    throw new IsthmusError('access-denied', `you may not read ${what}`, { remedy: 'have the right granted' });
  };
  const client = createFake({ cluster: 'west', objects: [istiod, ...objects], intercept });
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect: async (_: MeshCluster) => client };
  await using session = await openMesh({ text: mesh, name: 'mesh.yaml' }, ports);
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

describe('an ingress gateway', () => {
  const mesh = text.replace('network: us', 'network: us, ingress: {}');
  const metadata = { name: 'istio-ingressgateway', namespace: 'istio-system' };
  const gateway = { ...istiod, metadata };
  const service = (type: string, ...ingress: readonly JsonObject[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { type },
    status: { loadBalancer: { ingress } },
  });
  const read = async (objects: readonly KubeObject[], denied?: string) =>
    onlyIn(await statusWithout(denied, { mesh, objects }));
  const codes = ({ findings }: ReachableStatus) =>
    findings.map(({ code }) => code).filter((code) => code.startsWith('ingress'));

  test('is read where it is declared, with the address that its load balancer gave', async () => {
    const found = await read([gateway, service('LoadBalancer', { hostname: 'shop.example.com' })]);
    expect(found.ingress).toMatchObject({ exists: true, available: 1, address: 'shop.example.com' });
    expect(codes(found)).toEqual([]);
    expect(found).not.toHaveProperty('gateway');
    expect(onlyIn(await statusWithout(undefined, { objects: [gateway] }))).not.toHaveProperty('ingress');
  });

  test('is missed where it is not there, or where its load balancer gave no address', async () => {
    expect(codes(await read([]))).toEqual(['ingress-not-ready', 'ingress-address']);
    expect(codes(await read([gateway, service('LoadBalancer')]))).toEqual(['ingress-address']);
    expect(codes(await read([gateway, service('ClusterIP')]))).toEqual([]);
  });

  test('that may not be read is not known, and neither missing nor fine', async () => {
    const found = await read([gateway, service('LoadBalancer')], 'Service');
    expect(found.ingress).toBeNull();
    expect(codes(found)).toEqual([]);
    expect(found.findings.find(({ code }) => code === 'cluster-part-unread')?.message).toContain('its ingress gateway');
  });
});
