import type { JsonObject } from '../../base/json.ts';
import { oncePer, remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { passthroughServers } from '../rules/passthrough-server.ts';
import type { AnswerEndpoint, EdsAnswer, Query } from '../values/answer.ts';
import { type ClusterIndex, indexCluster } from '../values/cluster-index.ts';
import { describeConfig, namespaceOf } from '../values/config-object.ts';
import { compareTexts, fieldsOf, numberOf, objectsOf, selects, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { isCoveredBy } from '../values/host-name.ts';
import { socketAddress } from '../values/ip.ts';
import type { IstiodView, ProxyNode } from '../values/model.ts';
import { proxyOf } from '../values/proxy.ts';
import { proxyClientOf } from '../values/proxy-client.ts';
import type { Snapshot } from '../values/snapshot.ts';
import { answer } from './query.ts';

/** A connection that has reached a gateway of another network. */
export interface GatewayArrival {
  readonly snapshot: Snapshot;
  /** The view of the istiod that serves a cluster. */
  readonly viewFor: (cluster: string) => IstiodView | undefined;
  readonly endpoint: Pick<AnswerEndpoint, 'address' | 'cluster' | 'sni'>;
  /** Answers questions to istiods; left out: every question is answered from the view. */
  readonly ask?: typeof answer;
}

export type BlockedCode =
  /** No istiod serves the gateway's cluster. */
  | 'no-istiod'
  /** No running pod with a proxy is behind the gateway's Service. */
  | 'no-gateway-pod'
  /** The server name is none that istiod makes clusters for. */
  | 'unknown-sni'
  /** No server in mode AUTO_PASSTHROUGH listens on the port. */
  | 'no-server'
  /** No such server names the host. */
  | 'host-not-served'
  /** The gateway's istiod makes no cluster for the server name: the connection is reset. */
  | 'no-filter-chain';

/** What becomes of the connection at one gateway. */
export type GatewayPassage = {
  /** The cluster that the gateway is in. */
  readonly cluster: string;
  /** `namespace/name` of its Service. */
  readonly service: string;
} & (
  | {
      readonly outcome: 'Passed';
      /** The pod that the answer is for; pods of one gateway get the same. */
      readonly proxy: ProxyNode;
      readonly answer: Extract<EdsAnswer, { outcome: 'Answer' }>;
    }
  | { readonly outcome: 'Blocked'; readonly code: BlockedCode; readonly explanation: string }
);

/** What becomes of a connection behind the gateway address that it was sent to: one result for each Service there. */
export function throughGateway(arrival: GatewayArrival): readonly GatewayPassage[] {
  return gatewaysAt(arrival).map((gateway) => ({
    cluster: gateway.index.cluster,
    service: `${namespaceOf(gateway.service)}/${gateway.service.metadata.name}`,
    ...pass(arrival, gateway),
  }));
}

interface GatewayService {
  readonly index: ClusterIndex;
  readonly service: KubeObject;
  readonly port: JsonObject;
}

function gatewaysAt({ snapshot, endpoint }: GatewayArrival): readonly GatewayService[] {
  const candidates = gatewaysByAddress(snapshot).get(endpoint.address) ?? [];
  return candidates.filter(({ index }) => endpoint.cluster === '' || index.cluster === endpoint.cluster);
}

/** Every Service that is reached from outside its cluster, by `ip:port`; of a Service's ports the first there counts. */
const gatewaysByAddress = oncePer((snapshot: Snapshot): ReadonlyMap<string, readonly GatewayService[]> => {
  const found = new Map<string, GatewayService[]>();
  for (const index of indexes(snapshot)) {
    for (const service of [...index.services.values()].flatMap((services) => [...services.values()])) {
      const own = new Map(addressesOf({ index, service }, snapshot).toReversed());
      for (const [address, port] of own) {
        remember(found, address, () => []).push({ index, service, port });
      }
    }
  }
  return found;
});

const indexes = oncePer((snapshot: Snapshot): readonly ClusterIndex[] => snapshot.clusters.map(indexCluster));

/** The addresses `ip:port` that lead to a Service, with the port of it that each means. */
function addressesOf(
  gateway: Omit<GatewayService, 'port'>,
  snapshot: Snapshot,
): readonly (readonly [string, JsonObject])[] {
  const byBalancer = balancerAddresses(gateway.service, snapshot);
  const byNode = fieldsOf(gateway.service.spec).type === 'ClusterIP' ? [] : nodeAddresses(gateway.index);
  const at = (ips: readonly string[], number: number | undefined, port: JsonObject) =>
    number === undefined || number === 0 ? [] : ips.map((ip) => [socketAddress(ip, number), port] as const);
  return objectsOf(fieldsOf(gateway.service.spec).ports).flatMap((port) => [
    ...at(byBalancer, numberOf(port.port), port),
    ...at(byNode, numberOf(port.nodePort), port),
  ]);
}

/** The addresses at which a Service is reached from outside its cluster, on its own ports. */
function balancerAddresses(service: KubeObject, snapshot: Snapshot): readonly string[] {
  const ingress = objectsOf(fieldsOf(fieldsOf(service.status).loadBalancer).ingress);
  const named = ingress.flatMap(({ ip, hostname }) => textOf(ip) || (snapshot.resolutions?.[textOf(hostname)] ?? []));
  return [...named, ...textsOf(fieldsOf(service.spec).externalIPs)];
}

function nodeAddresses(index: ClusterIndex): readonly string[] {
  return [...index.nodes.values()].flatMap((node) =>
    objectsOf(fieldsOf(node.status).addresses).map(({ address }) => textOf(address)),
  );
}

type Outcome =
  | Pick<Extract<GatewayPassage, { outcome: 'Passed' }>, 'outcome' | 'proxy' | 'answer'>
  | Pick<Extract<GatewayPassage, { outcome: 'Blocked' }>, 'outcome' | 'code' | 'explanation'>;

function pass(arrival: GatewayArrival, gateway: GatewayService): Outcome {
  const { cluster } = gateway.index;
  const name = `${describeConfig(gateway.service)} of cluster ${cluster}`;
  const view = arrival.viewFor(cluster);
  if (view === undefined) return blocked('no-istiod', `No istiod of the mesh serves cluster ${cluster}`);
  const query = parseSni(arrival.endpoint.sni);
  if (query === undefined) {
    const sni = arrival.endpoint.sni ?? 'none';
    return blocked('unknown-sni', `The server name ${sni} is not of the form outbound_.port_.subset_.host`);
  }
  const found = routerOf(gateway);
  if (found === undefined)
    return blocked('no-gateway-pod', `${name} selects no pod with a gateway's istio-proxy container`);
  const target = targetPort(gateway.port, found.pod);
  const client = proxyClientOf(view, found.proxy);
  const isTarget = (port: number | undefined): boolean =>
    target !== undefined && resolvePort(port, gateway.service, found.pod) === target;
  const servers = passthroughServers(view, client).filter(({ port }) => isTarget(port));
  if (servers.length === 0) {
    const why = `no Gateway of cluster ${view.istiod.cluster} has a server in tls.mode AUTO_PASSTHROUGH on its port ${target ?? ''}`;
    return blocked('no-server', `${name}: ${why}`);
  }
  if (!servers.some(({ hosts }) => hosts.some((host) => isCoveredBy(query.host, host)))) {
    const known = servers.map(({ gateway: object, hosts }) => `${describeConfig(object)} (${hosts.join(', ')})`);
    return blocked('host-not-served', `${name}: no server names ${query.host}, only ${known.join(' and ')}`);
  }
  const result = (arrival.ask ?? answer)(view, found.proxy, query);
  if (result.outcome === 'None') return blocked('no-filter-chain', `${name}: ${result.explanation.slice(0, -1)}`);
  return { outcome: 'Passed', proxy: found.proxy, answer: result };
}

function blocked(code: BlockedCode, explanation: string): Outcome {
  return { outcome: 'Blocked', code, explanation: `${explanation}.` };
}

/** `outbound_.80_.v1_.host` */
function parseSni(sni: string | null): Query | undefined {
  const [direction, port, subset, host, ...rest] = (sni ?? '').split('_.');
  if (direction !== 'outbound' || port === undefined || subset === undefined || !host || rest.length > 0)
    return undefined;
  return { host, port: Number(port), subset, mode: 'sni-dnat' };
}

/** The first pod behind the Service that is a gateway. */
const routerOf = oncePer(
  (gateway: GatewayService): { readonly pod: KubeObject; readonly proxy: ProxyNode } | undefined => {
    for (const pod of podsOf(gateway)) {
      const proxy = proxyOf(gateway.index.cluster, pod);
      if (proxy?.type === 'router') return { pod, proxy };
    }
    return undefined;
  },
);

/** The pods behind the Service, by name. */
function podsOf({ index, service }: GatewayService): readonly KubeObject[] {
  const selector = stringsOf(fieldsOf(service.spec).selector);
  if (Object.keys(selector).length === 0) return [];
  const pods = [...(index.pods.get(namespaceOf(service))?.values() ?? [])];
  return pods
    .filter((pod) => selects(selector, stringsOf(pod.metadata.labels)) && pod.metadata.deletionTimestamp === undefined)
    .sort((a, b) => compareTexts(a.metadata.name, b.metadata.name));
}

/** The number of the port that the pod gets the connection on. */
function targetPort(port: JsonObject, pod: KubeObject): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const ports = objectsOf(fieldsOf(pod.spec).containers).flatMap((container) => objectsOf(container.ports));
  return numberOf(ports.find(({ name }) => name === target)?.containerPort);
}

/** A server's port means the Service's port of that number, else the pod's (pilot/pkg/model/gateway.go, resolvePorts). */
function resolvePort(number: number | undefined, service: KubeObject, pod: KubeObject): number | undefined {
  const port = objectsOf(fieldsOf(service.spec).ports).find((candidate) => candidate.port === number);
  return port === undefined ? number : targetPort(port, pod);
}
