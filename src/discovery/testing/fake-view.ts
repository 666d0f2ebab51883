import type { JsonObject } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { answer } from '../endpoints/query.ts';
import type { EdsAnswer, Query } from '../values/answer.ts';
import { asItsVersion } from '../values/istio-version.ts';
import type {
  Endpoint,
  IstioConfig,
  IstiodView,
  NetworkGateway,
  NetworkGateways,
  ProxyNode,
  ProxyPod,
  Service,
  Shard,
} from '../values/model.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import { compareServices } from '../values/visibility.ts';

/** A view made by hand, for tests of what is done with one. */
export interface FakeView {
  readonly services: readonly FakeService[];
  readonly gateways?: readonly Partial<NetworkGateway>[];
  readonly config?: readonly KubeObject[];
  readonly meshConfig?: JsonObject;
  readonly flags?: Readonly<Record<string, string>>;
  readonly pods?: Readonly<Record<string, ProxyPod>>;
  readonly istiod?: Partial<IstiodSettings>;
}

export interface FakeService {
  readonly service: Service;
  readonly shards: readonly Shard[];
}

/** Service `reviews` of namespace `shop` with port http 80. */
export function fakeService(over: Partial<Service> = {}): Service {
  const name = over.name ?? 'reviews';
  const namespace = over.namespace ?? 'shop';
  return {
    host: `${name}.${namespace}.svc.cluster.local`,
    name,
    namespace,
    provider: 'Kubernetes',
    definedIn: 'c1',
    clusters: ['c1'],
    resolution: 'ClientSideLB',
    meshExternal: false,
    ports: [{ name: 'http', port: 80, protocol: 'HTTP', targetPort: 8080 }],
    labels: {},
    exportTo: undefined,
    vips: new Map(),
    defaultAddress: '10.0.0.1',
    trafficDistribution: 'Any',
    nodeLocal: false,
    publishNotReady: false,
    creationTime: '2026-01-01T00:00:00Z',
    serviceAccounts: [],
    ...over,
  };
}

/** A ready pod of cluster c1 with a sidecar, on port http 8080. */
export function fakeEndpoint(over: Partial<Endpoint> = {}): Endpoint {
  return {
    address: '10.1.0.1',
    port: 8080,
    portName: 'http',
    network: '',
    cluster: 'c1',
    locality: '',
    labels: {},
    tlsMode: 'istio',
    health: 'HEALTHY',
    weight: 1,
    serviceAccount: '',
    namespace: 'shop',
    node: '',
    workload: '',
    ...over,
  };
}

/** The endpoints as Kubernetes shards by their cluster. */
export function shardsOf(endpoints: readonly Endpoint[]): readonly Shard[] {
  return [...Map.groupBy(endpoints, (endpoint) => endpoint.cluster)]
    .map(([cluster, list]): Shard => ({ provider: 'Kubernetes', cluster, endpoints: list, dropped: [] }))
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

/** A sidecar of namespace `shop` in cluster c1, without a pod that istiod knows. */
export function fakeProxy(over: Partial<ProxyNode> = {}): ProxyNode {
  return {
    type: 'sidecar',
    cluster: 'c1',
    namespace: 'shop',
    name: 'client',
    network: '',
    ips: ['10.1.0.99'],
    labels: {},
    view: [],
    node: '',
    locality: '',
    ...over,
  };
}

/** An object of Istio's configuration. */
export function fakeConfig(kind: string, name: string, spec: JsonObject): KubeObject {
  const [namespace = '', own = ''] = name.split('/');
  const group =
    kind === 'PeerAuthentication' || kind === 'AuthorizationPolicy' ? 'security.istio.io' : 'networking.istio.io';
  return { apiVersion: `${group}/v1`, kind, metadata: { namespace, name: own }, spec };
}

/** What makes every router one that has clusters of its own for server names. */
export const fakePassthrough = fakeConfig('Gateway', 'istio-system/cross-network', {
  servers: [{ port: { number: 15443 }, tls: { mode: 'AUTO_PASSTHROUGH' }, hosts: ['*.local'] }],
});

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}

/** Indexes gateways as istiod does: sorted by address, then port. */
export function fakeGateways(gateways: readonly Partial<NetworkGateway>[]): NetworkGateways {
  const blank = { network: '', cluster: '', address: '', port: 15443, hbonePort: 0, serviceAccount: '' };
  const sorted = gateways
    .map((gateway): NetworkGateway => ({ ...blank, ...gateway }))
    .sort((a, b) => (a.address === b.address ? a.port - b.port : a.address < b.address ? -1 : 1));
  const byNetwork = Map.groupBy(sorted, ({ network }) => network);
  const byNetworkAndCluster = Map.groupBy(sorted, ({ network, cluster }) => `${network}\n${cluster}`);
  const counts = [...byNetwork.values(), ...byNetworkAndCluster.values()].map((group) => group.length);
  const lcm = counts.reduce(leastCommonMultiple, 1);
  return { multiNetwork: sorted.length > 0, byNetwork, byNetworkAndCluster, lcm, unresolved: [] };
}

type Change = Parameters<IstiodView['reconfigured']>[0];

function fakeIstioConfig(objects: readonly KubeObject[], change: Change = (same) => same): IstioConfig {
  const ofKind = (kind: string): readonly KubeObject[] =>
    change(
      objects.filter((object) => object.kind === kind),
      `networking.istio.io/${kind}`,
    );
  return {
    destinationRules: ofKind('DestinationRule'),
    virtualServices: ofKind('VirtualService'),
    sidecars: ofKind('Sidecar'),
    peerAuthentications: ofKind('PeerAuthentication'),
    authorizationPolicies: ofKind('AuthorizationPolicy'),
    gateways: ofKind('Gateway'),
    serviceRoutes: ofKind('HTTPRoute'),
  };
}

export function fakeView(fake: FakeView): IstiodView {
  const services = new Map<string, Map<string, Service>>();
  const shards = new Map<Service, readonly Shard[]>();
  for (const { service, shards: own } of fake.services) {
    remember(services, service.host, () => new Map()).set(service.namespace, service);
    shards.set(service, own);
  }
  const view: IstiodView = {
    istiod: asItsVersion({
      cluster: 'c1',
      runsIn: 'c1',
      serves: ['c1'],
      remotes: [],
      flags: fake.flags ?? {},
      meshConfig: fake.meshConfig ?? {},
      meshNetworks: {},
      domain: 'cluster.local',
      namespace: 'istio-system',
      ...fake.istiod,
    }),
    services,
    listed: Map.groupBy(fake.services.map(({ service }) => service).sort(compareServices), ({ host }) => host),
    shards: (service) => shards.get(service) ?? [],
    gateways: fakeGateways(fake.gateways ?? []),
    config: fakeIstioConfig(fake.config ?? []),
    pod: (cluster, namespace, name) => fake.pods?.[`${cluster}/${namespace}/${name}`],
    hasWorkloadsWithoutAddress: false,
    exported: () => false,
    reconfigured: (change) => ({ ...view, config: fakeIstioConfig(fake.config ?? [], change) }),
  };
  return view;
}

export const fakeHost = 'reviews.shop.svc.cluster.local';

/** A view of the service `reviews` with these endpoints. */
export function viewOf(
  endpoints: readonly Partial<Endpoint>[],
  rest: Partial<FakeView> & FakeServiceOver = {},
): IstiodView {
  const { service, ...fake } = rest;
  const shards = shardsOf(endpoints.map((endpoint) => fakeEndpoint(endpoint)));
  return fakeView({ services: [{ service: fakeService(service), shards }], ...fake });
}

interface FakeServiceOver {
  readonly service?: Partial<Service>;
}

/** Asks for port 80 of `reviews`. */
export function askFor(view: IstiodView, proxy: Partial<ProxyNode> = {}, query: Partial<Query> = {}): EdsAnswer {
  return answer(view, fakeProxy(proxy), { host: fakeHost, port: 80, subset: '', mode: 'outbound', ...query });
}

/** The same where there is an answer; anything else is the test's mistake. */
export function ask(
  view: IstiodView,
  proxy: Partial<ProxyNode> = {},
  query: Partial<Query> = {},
): Extract<EdsAnswer, { outcome: 'Answer' }> {
  const result = askFor(view, proxy, query);
  if (result.outcome === 'None') throw new Error(`${result.code}: ${result.explanation}`);
  return result;
}
