import type { JsonObject } from '../../base/json.ts';
import { object, pod, service, slice } from '../../discovery/testing/fake-objects.ts';
import type { IstiodSettings, Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';

/** Meshes for tests: clusters on networks, each with a gateway, a client and the pods that a test names. */

export interface FakeCluster {
  readonly network: string;
  /** Pods by service of namespace `shop`, by name and address; every cluster has the Services of all. */
  readonly pods?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly extra?: readonly KubeObject[];
  /** The cluster whose istiod serves it; left out: its own. */
  readonly remoteOf?: string;
}

const gatewayAddresses: Readonly<Record<string, string>> = { west: '1.1.1.1', north: '1.1.1.2', east: '2.2.2.2' };

export function gatewayOf(cluster: string): string {
  return gatewayAddresses[cluster] ?? '9.9.9.9';
}

function proxyContainer(kind: 'sidecar' | 'router', network: string, more: readonly JsonObject[] = []): JsonObject {
  const env = [{ name: 'ISTIO_META_NETWORK', value: network }, ...more];
  return { name: 'istio-proxy', args: ['proxy', kind], env };
}

/** A pod of namespace `shop` with a sidecar. */
export function meshPod(
  name: string,
  ip: string,
  { network, app }: { readonly network: string; readonly app: string },
): KubeObject {
  const labels = { app, 'security.istio.io/tlsMode': 'istio', 'topology.istio.io/network': network };
  return pod(`shop/${name}`, ip, { labels, spec: { containers: [proxyContainer('sidecar', network)] } });
}

function gatewayObjects(cluster: string, network: string): readonly KubeObject[] {
  const labels = { istio: 'eastwestgateway', 'topology.istio.io/network': network };
  const view = [{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: network }];
  return [
    service('istio-system/eastwest', {
      labels,
      spec: { type: 'LoadBalancer', selector: { istio: 'eastwestgateway' }, ports: [{ name: 'tls', port: 15_443 }] },
      status: { loadBalancer: { ingress: [{ ip: gatewayOf(cluster) }] } },
    }),
    pod('istio-system/eastwest-1', `10.${cluster.length}.0.1`, {
      labels,
      spec: { containers: [proxyContainer('router', network, view)] },
    }),
    object('networking.istio.io/v1/Gateway', 'istio-system/cross-network', {
      spec: {
        selector: { istio: 'eastwestgateway' },
        servers: [{ port: { number: 15_443 }, tls: { mode: 'AUTO_PASSTHROUGH' }, hosts: ['*.local'] }],
      },
    }),
  ];
}

function objectsOf(cluster: string, fake: FakeCluster, services: readonly string[]): readonly KubeObject[] {
  const { network, pods = {}, extra = [] } = fake;
  const system = object('v1/Namespace', 'istio-system', { labels: { 'topology.istio.io/network': network } });
  const serving = Object.entries(pods).flatMap(([app, members]) => [
    ...Object.entries(members).map(([name, ip]) => meshPod(name, ip, { network, app })),
    slice(`shop/${app}`, members),
  ]);
  const client = meshPod('client', `10.9.${cluster.length}.9`, { network, app: 'client' });
  return [
    system,
    ...gatewayObjects(cluster, network),
    ...services.map((name) => service(`shop/${name}`)),
    ...serving,
    client,
    ...extra,
  ];
}

export function fakeSnapshot(clusters: Readonly<Record<string, FakeCluster>>): Snapshot {
  const names = Object.keys(clusters);
  const services = [...new Set(Object.values(clusters).flatMap(({ pods = {} }) => Object.keys(pods)))];
  const istiods = names
    .filter((name) => clusters[name]?.remoteOf === undefined)
    .map(
      (cluster): IstiodSettings => ({
        cluster,
        runsIn: cluster,
        serves: [cluster, ...names.filter((name) => clusters[name]?.remoteOf === cluster)],
        remotes: names.filter((name) => name !== cluster),
        flags: {},
        meshConfig: {},
        meshNetworks: {},
        domain: 'cluster.local',
        namespace: 'istio-system',
      }),
    );
  return {
    clusters: Object.entries(clusters).map(([cluster, fake]) => ({
      cluster,
      objects: objectsOf(cluster, fake, services),
    })),
    istiods,
  };
}

/** `reviews` in both clusters on two networks, `details` only in east. */
export function twoNetworks(
  extra: { readonly west?: readonly KubeObject[]; readonly east?: readonly KubeObject[] } = {},
): Snapshot {
  return fakeSnapshot({
    west: { network: 'us', pods: { reviews: { 'reviews-w': '10.1.0.1' } }, extra: extra.west ?? [] },
    east: {
      network: 'eu',
      pods: { reviews: { 'reviews-e': '10.2.0.1' }, details: { 'details-e': '10.2.0.2' } },
      extra: extra.east ?? [],
    },
  });
}

/** The same with north, on the network of west and served by its istiod. */
export function threeClusters(): Snapshot {
  return fakeSnapshot({
    west: { network: 'us' },
    north: { network: 'us', remoteOf: 'west', pods: { reviews: { 'reviews-n': '10.3.0.1' } } },
    east: { network: 'eu', pods: { reviews: { 'reviews-e': '10.2.0.1' }, details: { 'details-e': '10.2.0.2' } } },
  });
}
