import type { JsonObject } from '../../base/json.ts';
import { oncePer, remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { type ClusterIndex, indexCluster } from '../values/cluster-index.ts';
import { namespaceOf } from '../values/config-object.ts';
import { compareTexts, fieldsOf, numberOf, objectsOf, selects, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { socketAddress } from '../values/ip.ts';
import type { ProxyNode } from '../values/model.ts';
import { proxyOf, proxyTypeOf } from '../values/proxy.ts';
import type { Snapshot } from '../values/snapshot.ts';

/** A Service with the port of it that an address from outside leads to. */
export interface GatewayService {
  readonly index: ClusterIndex;
  readonly service: KubeObject;
  readonly port: JsonObject;
}

/** The Services that an address `ip:port` leads to from outside their cluster; of one cluster, unless that is ''. */
export function gatewayServicesAt(
  snapshot: Snapshot,
  endpoint: { readonly address: string; readonly cluster: string },
): readonly GatewayService[] {
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

/** The first pod behind the Service that is a gateway. */
export const routerOf = oncePer(
  (gateway: GatewayService): { readonly pod: KubeObject; readonly proxy: ProxyNode } | undefined => {
    for (const pod of podsOf(gateway)) {
      const proxy = proxyOf(gateway.index.cluster, pod);
      if (proxy?.type === 'router') return { pod, proxy };
    }
    return undefined;
  },
);

/** True for a Service that leads to a gateway's pods, whatever istiod makes of it. */
export function isGatewayService(index: ClusterIndex, service: KubeObject): boolean {
  return podsOf({ index, service }).some((pod) => proxyTypeOf(pod) === 'router');
}

/** The pods behind the Service, by name. */
function podsOf({ index, service }: Pick<GatewayService, 'index' | 'service'>): readonly KubeObject[] {
  const selector = stringsOf(fieldsOf(service.spec).selector);
  if (Object.keys(selector).length === 0) return [];
  const pods = [...(index.pods.get(namespaceOf(service))?.values() ?? [])];
  return pods
    .filter((pod) => selects(selector, stringsOf(pod.metadata.labels)) && pod.metadata.deletionTimestamp === undefined)
    .sort((a, b) => compareTexts(a.metadata.name, b.metadata.name));
}

/** The number of the port that the pod gets the connection on. */
export function targetPort(port: JsonObject, pod: KubeObject): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const ports = objectsOf(fieldsOf(pod.spec).containers).flatMap((container) => objectsOf(container.ports));
  return numberOf(ports.find(({ name }) => name === target)?.containerPort);
}

const noTranslationLabel = 'experimental.istio.io/disable-gateway-port-translation';

/**
 * A server's port means that of the pod's Services with the number, else the pod's (pilot/pkg/model/gateway.go,
 * resolvePorts). Of several Services the one that the connection came to counts first.
 */
export function resolvePort(number: number, { index, service }: GatewayService, pod: KubeObject): number {
  const others = [...(index.services.get(namespaceOf(pod))?.values() ?? [])].filter((other) => {
    const selector = stringsOf(fieldsOf(other.spec).selector);
    return other !== service && Object.keys(selector).length > 0 && selects(selector, stringsOf(pod.metadata.labels));
  });
  for (const one of [service, ...others]) {
    if (stringsOf(one.metadata.labels)[noTranslationLabel] !== undefined) continue;
    const port = objectsOf(fieldsOf(one.spec).ports).find((candidate) => candidate.port === number);
    const target = port === undefined ? undefined : targetPort(port, pod);
    if (target !== undefined) return target;
  }
  return number;
}
