import type { JsonObject } from '../../src/base/json.ts';
import type { ClusterObjects, IstiodSettings, Snapshot } from '../../src/discovery/values/snapshot.ts';
import type { KubeObject } from '../../src/objects/object.ts';

/** How large a mesh is made. Every service is in every cluster, with as many ready pods behind it. */
export interface MeshSize {
  readonly clusters: number;
  readonly services: number;
  /** In each cluster. */
  readonly endpoints: number;
  readonly networks: number;
  /** Clusters that run istiod; each of the others is a remote of one of them. */
  readonly istiods: number;
}

export function endpointCount({ clusters, services, endpoints }: MeshSize): number {
  return clusters * services * endpoints;
}

const namespaces = 25;
const nodes = 20;
const created = '2026-01-01T00:00:00Z';

function networkOf(cluster: number, { networks }: MeshSize): string {
  return `n${cluster % networks}`;
}

/** A mesh of plain objects, as a snapshot holds it: made of the size alone. */
export function makeMesh(size: MeshSize): Snapshot {
  const indexes = Array.from({ length: size.clusters }, (_, index) => index);
  return { clusters: indexes.map((index) => makeCluster(index, size)), istiods: makeIstiods(size) };
}

function makeIstiods({ clusters, istiods }: MeshSize): readonly IstiodSettings[] {
  const names = Array.from({ length: clusters }, (_, index) => `c${index}`);
  return names.slice(0, istiods).map((cluster, own) => ({
    cluster,
    runsIn: cluster,
    serves: names.filter((_, index) => index % istiods === own),
    remotes: names.filter((name) => name !== cluster),
    flags: {},
    meshConfig: {},
    meshNetworks: {},
    domain: 'cluster.local',
    namespace: 'istio-system',
  }));
}

function makeCluster(index: number, size: MeshSize): ClusterObjects {
  const place = { index, network: networkOf(index, size) };
  const services = Array.from({ length: size.services }, (_, number) => makeService(place, number, size));
  return { cluster: `c${index}`, objects: [...makeSystem(place), ...services.flat()] };
}

interface Place {
  readonly index: number;
  readonly network: string;
}

function object(kind: string, metadata: KubeObject['metadata'], rest: JsonObject = {}): KubeObject {
  const slash = kind.lastIndexOf('/');
  const apiVersion = kind.slice(0, slash);
  return { apiVersion, kind: kind.slice(slash + 1), metadata, ...rest };
}

const networkLabel = 'topology.istio.io/network';

/** Namespace, nodes and the east-west gateway with its pod. */
function makeSystem({ index, network }: Place): readonly KubeObject[] {
  const labels = { istio: 'eastwestgateway', [networkLabel]: network };
  const namespace = 'istio-system';
  const env = [
    { name: 'ISTIO_META_NETWORK', value: network },
    { name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: network },
  ];
  return [
    object('v1/Namespace', { name: namespace, labels: { [networkLabel]: network } }),
    ...Array.from({ length: nodes }, (_, node) =>
      object('v1/Node', {
        name: `node-${node}`,
        labels: { 'topology.kubernetes.io/region': `r${index % 5}`, 'topology.kubernetes.io/zone': `z${node % 3}` },
      }),
    ),
    object(
      'v1/Service',
      { name: 'eastwest', namespace, labels },
      {
        spec: {
          type: 'LoadBalancer',
          clusterIP: '10.0.0.1',
          selector: { istio: 'eastwestgateway' },
          ports: [{ name: 'tls', port: 15443 }],
        },
        status: { loadBalancer: { ingress: [{ ip: `198.18.${index}.1` }] } },
      },
    ),
    object(
      'v1/Pod',
      { name: 'eastwest-1', namespace, labels },
      {
        spec: { nodeName: 'node-0', containers: [{ name: 'istio-proxy', args: ['proxy', 'router'], env }] },
        status: { phase: 'Running', podIP: `10.${index}.255.1`, conditions: [{ type: 'Ready', status: 'True' }] },
      },
    ),
    object(
      'networking.istio.io/v1/Gateway',
      { name: 'cross-network', namespace, creationTimestamp: created },
      {
        spec: {
          selector: { istio: 'eastwestgateway' },
          servers: [
            { port: { number: 15443, protocol: 'TLS' }, tls: { mode: 'AUTO_PASSTHROUGH' }, hosts: ['*.local'] },
          ],
        },
      },
    ),
  ];
}

function makeService({ index, network }: Place, number: number, { endpoints }: MeshSize): readonly KubeObject[] {
  const namespace = `ns-${number % namespaces}`;
  const name = `svc-${number}`;
  const pods = Array.from({ length: endpoints }, (_, pod) => ({
    name: `${name}-7d9f8b6c5-${pod}abcd`,
    ip: `10.${index}.${number >> 4}.${(number & 15) * 16 + pod}`,
    node: `node-${pod % nodes}`,
  }));
  const labels = { app: name, version: 'v1', 'security.istio.io/tlsMode': 'istio', [networkLabel]: network };
  const env = [{ name: 'ISTIO_META_NETWORK', value: network }];
  return [
    object(
      'v1/Service',
      { name, namespace, creationTimestamp: created },
      {
        spec: {
          clusterIP: `10.128.${number >> 8}.${number & 255}`,
          selector: { app: name },
          ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
        },
      },
    ),
    ...pods.map((pod) =>
      object(
        'v1/Pod',
        { name: pod.name, namespace, labels },
        {
          spec: {
            nodeName: pod.node,
            serviceAccountName: name,
            containers: [{ name: 'istio-proxy', args: ['proxy', 'sidecar'], env }],
          },
          status: { phase: 'Running', podIP: pod.ip, conditions: [{ type: 'Ready', status: 'True' }] },
        },
      ),
    ),
    object(
      'discovery.k8s.io/v1/EndpointSlice',
      { name: `${name}-abc`, namespace, labels: { 'kubernetes.io/service-name': name } },
      {
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        endpoints: pods.map((pod) => ({
          addresses: [pod.ip],
          conditions: { ready: true },
          targetRef: { kind: 'Pod', name: pod.name, namespace },
          nodeName: pod.node,
        })),
      },
    ),
  ];
}
