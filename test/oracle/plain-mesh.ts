import type { ActualAnswer } from '../../lab/src/oracle/oracle.ts';
import type { ProxyNode } from '../../src/discovery/values/model.ts';
import type { IstiodSettings } from '../../src/discovery/values/snapshot.ts';
import type { KubeObject } from '../../src/objects/object.ts';

/** A mesh made by hand: a service `web` with pods in each cluster, whose networks have a gateway each. */

/** What a sidecar calls the service. */
export const webCluster = 'outbound|80||web.shop.svc.cluster.local';

export function plainIstiod(
  own: string,
  remotes: readonly string[],
  flags: IstiodSettings['flags'] = {},
): IstiodSettings {
  return {
    cluster: own,
    runsIn: own,
    serves: [own],
    remotes,
    flags,
    meshConfig: {},
    meshNetworks: {},
    domain: 'cluster.local',
    namespace: 'istio-system',
  };
}

function pod(name: string, ip: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: 'web', 'security.istio.io/tlsMode': 'istio' } },
    spec: { nodeName: 'n1', serviceAccountName: 'web', containers: [{ name: 'web', image: 'web' }] },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** A cluster with that many pods behind one service, on a network of its own with one gateway. */
export function plainObjects(network: string, pods: number, gateway: string): readonly KubeObject[] {
  const names = Array.from({ length: pods }, (_, index) => ({
    name: `${network}-${index}`,
    ip: `10.${network.length}.0.${index + 1}`,
  }));
  const service = (name: string, namespace: string, port: number): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { clusterIP: `10.200.0.${port % 250}`, ports: [{ name: 'tcp', protocol: 'TCP', port }] },
  });
  const eastWest = service('eastwest', 'istio-system', 15443);
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'istio-system', labels: { 'topology.istio.io/network': network } },
    },
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { 'topology.kubernetes.io/region': network } } },
    ...names.map(({ name, ip }) => pod(name, ip)),
    service('web', 'shop', 80),
    {
      ...eastWest,
      metadata: { ...eastWest.metadata, labels: { 'topology.istio.io/network': network } },
      spec: { ...(eastWest.spec as object), type: 'LoadBalancer' },
      status: { loadBalancer: { ingress: [{ ip: gateway }] } },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: 'tcp', protocol: 'TCP', port: 8080 }],
      endpoints: names.map(({ name, ip }) => ({
        addresses: [ip],
        conditions: { ready: true },
        nodeName: 'n1',
        targetRef: { kind: 'Pod', namespace: 'shop', name },
      })),
    },
  ];
}

/** A sidecar of the cluster west. */
export const plainProxy: ProxyNode = {
  type: 'sidecar',
  cluster: 'west',
  namespace: 'shop',
  name: 'us-0',
  network: 'us',
  ips: ['10.2.0.1'],
  labels: {},
  view: [],
  node: 'n1',
  locality: '',
};

/** Locality, address and weight of each endpoint. */
export function plainEndpoints(answer: ActualAnswer): string[] {
  const found = answer.eds.get(webCluster)?.endpoints ?? [];
  return found.map(({ address, weight, locality }) => `${locality} ${address} ${weight}`).sort();
}
