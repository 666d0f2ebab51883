import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import { parseJson } from '../../base/parse-json.ts';
import type { KubeObject } from '../../objects/object.ts';
import {
  compareTexts,
  fieldsOf,
  labelOf,
  numberOf,
  objectsOf,
  selects,
  stringsOf,
  textOf,
  textsOf,
} from '../values/fields.ts';
import { ipFamily } from '../values/ip.ts';
import { networkLabel } from '../values/locality.ts';
import { isOn } from '../values/mesh-config.ts';
import type { NetworkGateway, NetworkGateways } from '../values/model.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import type { MeshNetwork } from './mesh-networks.ts';
import type { Registry } from './registry.ts';
import { portsOf, serviceHost } from './services.ts';

/** Where a gateway for sidecars and one for ambient listen unless labels say otherwise. */
const defaultPort = 15_443;
const hbonePort = 15_008;
const gatewayPortLabel = 'networking.istio.io/gatewayPort';
const nodeSelectorAnnotation = 'traffic.istio.io/nodeSelector';

export interface GatewaySources {
  readonly istiod: IstiodSettings;
  readonly registries: readonly Registry[];
  readonly networks: readonly MeshNetwork[];
  readonly resolutions: Readonly<Record<string, readonly string[]>>;
}

/** Every way into a network that istiod knows (pilot/pkg/model/network.go, reload). */
export function collectGateways(sources: GatewaySources): NetworkGateways {
  const { istiod, registries, networks } = sources;
  const found = [
    ...networks.flatMap(gatewaysOfNetwork),
    ...registries.flatMap((registry) => gatewaysOfServices(istiod, registry, networks)),
    ...(isOn(istiod, 'PILOT_MULTI_NETWORK_DISCOVER_GATEWAY_API') ? registries.flatMap(gatewaysOfResources) : []),
  ];
  const isAddress = ({ address }: NetworkGateway): boolean => ipFamily(address) !== undefined;
  const unresolved: NetworkGateway[] = [];
  const resolved = distinct(found).flatMap((gateway) => {
    if (isAddress(gateway)) return [gateway];
    const addresses = isOn(istiod, 'RESOLVE_HOSTNAME_GATEWAYS') ? resolve(gateway.address, sources.resolutions) : [];
    if (addresses.length === 0) unresolved.push(gateway);
    return addresses.map((address) => ({ ...gateway, address }));
  });
  return indexGateways(distinct(resolved), unresolved.sort(compareGateways));
}

function resolve(host: string, resolutions: GatewaySources['resolutions']): readonly string[] {
  return Object.hasOwn(resolutions, host) ? textsOf(resolutions[host]).filter((ip) => ipFamily(ip) !== undefined) : [];
}

/** Gateways are equal only where every field is: two sources of one address are two gateways (trap T15). */
function distinct(gateways: readonly NetworkGateway[]): readonly NetworkGateway[] {
  const keyOf = ({ network, cluster, address, port, hbonePort: hbone, serviceAccount }: NetworkGateway): string =>
    JSON.stringify([network, cluster, address, port, hbone, serviceAccount]);
  return [...new Map(gateways.map((gateway) => [keyOf(gateway), gateway])).values()];
}

function indexGateways(gateways: readonly NetworkGateway[], unresolved: readonly NetworkGateway[]): NetworkGateways {
  const sorted = gateways.toSorted(compareGateways);
  const byNetwork = Map.groupBy(sorted, ({ network }) => network);
  const byNetworkAndCluster = Map.groupBy(sorted, ({ network, cluster }) => `${network}\n${cluster}`);
  const counts = [...byNetwork.values(), ...byNetworkAndCluster.values()].map((group) => group.length);
  const lcm = counts.reduce(leastCommonMultiple, 1);
  return { multiNetwork: byNetwork.size > 0, byNetwork, byNetworkAndCluster, lcm, unresolved };
}

/** istiod sorts by address and port; the rest makes the order of equal ones certain. */
function compareGateways(a: NetworkGateway, b: NetworkGateway): number {
  return (
    compareTexts(a.address, b.address) ||
    a.port - b.port ||
    compareTexts(a.network, b.network) ||
    compareTexts(a.cluster, b.cluster) ||
    a.hbonePort - b.hbonePort ||
    compareTexts(a.serviceAccount, b.serviceAccount)
  );
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

function gatewaysOfNetwork({ name, gateways }: MeshNetwork): NetworkGateway[] {
  return gateways
    .filter(({ address }) => address !== '')
    .map(({ address, port }) => ({ network: name, cluster: '', address, port, hbonePort: 0, serviceAccount: '' }));
}

/** What a Service is a gateway for, before it has an address. */
type GatewayPorts = Pick<NetworkGateway, 'network' | 'port' | 'hbonePort'>;

/**
 * network.go of the Kubernetes registry, extractGatewaysInner. What istiod still holds of a past state is not seen here:
 * it keeps the last addresses of a Service that lost all of them until the Service changes (trap T14).
 */
function gatewaysOfServices(
  istiod: IstiodSettings,
  registry: Registry,
  networks: readonly MeshNetwork[],
): NetworkGateway[] {
  const { cluster, index, sees } = registry;
  const named = gatewaysByService(cluster, networks);
  const found: NetworkGateway[] = [];
  for (const [namespace, services] of index.services) {
    if (!sees(namespace)) continue;
    for (const [name, service] of services) {
      const network = labelOf(stringsOf(service.metadata.labels), networkLabel) ?? '';
      const ports =
        network === ''
          ? (named?.get(serviceHost(name, namespace, istiod.domain)) ?? [])
          : labelledPorts(service, network);
      if (ports.length === 0) continue;
      found.push(...withAddresses(service, ports, registry));
    }
  }
  return found;
}

/** meshNetworks' registryServiceName: it counts in the clusters that the same network names by fromRegistry only. */
function gatewaysByService(
  cluster: string,
  networks: readonly MeshNetwork[],
): ReadonlyMap<string, readonly GatewayPorts[]> | undefined {
  const entries = networks
    .filter(({ clusters }) => clusters.includes(cluster))
    .flatMap(({ name, gateways }) => gateways.map(({ serviceHost: host, port }) => ({ host, port, network: name })))
    .filter(({ host }) => host !== '');
  if (entries.length === 0) return undefined;
  const byHost = new Map<string, GatewayPorts[]>();
  for (const { host, port, network } of entries) {
    remember(byHost, host, () => []).push({ network, port, hbonePort: 0 });
  }
  return byHost;
}

/** The label `networking.istio.io/gatewayPort`, where it is no number the default; a port that the Service lacks is 0. */
function labelledPorts(service: KubeObject, network: string): readonly GatewayPorts[] {
  const wanted = textOf(fieldsOf(service.metadata.labels)[gatewayPortLabel]);
  const gatewayPort = /^[+-]?\d+$/.test(wanted) ? Number(wanted) : defaultPort;
  const numbers = new Set(
    portsOf(fieldsOf(service.spec))
      .filter(({ protocol }) => protocol !== 'UDP')
      .map(({ port }) => port),
  );
  const ports = {
    network,
    port: numbers.has(gatewayPort) ? gatewayPort : 0,
    hbonePort: numbers.has(hbonePort) ? hbonePort : 0,
  };
  return ports.port === 0 && ports.hbonePort === 0 ? [] : [ports];
}

function withAddresses(service: KubeObject, ports: readonly GatewayPorts[], registry: Registry): NetworkGateway[] {
  const nodePorts = nodePortsOf(service);
  return gatewayAddresses(service, registry).flatMap((address) =>
    ports.map((gateway) => ({
      network: gateway.network,
      cluster: registry.cluster,
      address,
      // The HBONE port is not mapped upstream either.
      port: nodePorts?.get(gateway.port) ?? gateway.port,
      hbonePort: gateway.hbonePort,
      serviceAccount: '',
    })),
  );
}

/** Node ports by service port, for a NodePort Service that says on which nodes it is reached. */
function nodePortsOf(service: KubeObject): ReadonlyMap<number, number> | undefined {
  const spec = fieldsOf(service.spec);
  if (spec.type !== 'NodePort' || !hasNodeSelector(service)) return undefined;
  return new Map(objectsOf(spec.ports).map((port) => [numberOf(port.port) ?? 0, numberOf(port.nodePort) ?? 0]));
}

function hasNodeSelector(service: KubeObject): boolean {
  return fieldsOf(service.metadata.annotations)[nodeSelectorAnnotation] !== undefined;
}

/** Addresses from outside; only a Service without any is reached through its nodes. */
function gatewayAddresses(service: KubeObject, registry: Registry): readonly string[] {
  const spec = fieldsOf(service.spec);
  const ingress = objectsOf(fieldsOf(fieldsOf(service.status).loadBalancer).ingress);
  const balancers = spec.type === 'LoadBalancer' ? ingress.map((item) => textOf(item.ip) || textOf(item.hostname)) : [];
  const external = [...balancers, ...textsOf(spec.externalIPs)].filter((address) => address !== '');
  if (external.length > 0 || spec.type !== 'NodePort' || !hasNodeSelector(service)) return external;
  const selector = parseNodeSelector(textOf(fieldsOf(service.metadata.annotations)[nodeSelectorAnnotation]));
  return [...registry.index.nodes.values()].flatMap((node) => {
    const addresses = objectsOf(fieldsOf(node.status).addresses);
    const address = textOf(addresses.find(({ type, address: text }) => type === 'ExternalIP' && text !== '')?.address);
    return address !== '' && selects(selector, stringsOf(node.metadata.labels)) ? [address] : [];
  });
}

/** A text that is no JSON object selects every node; a value in it that is no text counts as an empty one, as Go reads it. */
function parseNodeSelector(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsOf(parseJson(text))).map(([name, value]) => [name, textOf(value)]));
}

/**
 * Gateways of the Kubernetes Gateway API: addresses of the spec, not of the status (trap T16), each with every listener
 * that passes TLS through or speaks HBONE. discoverySelectors do not hold for them.
 */
function gatewaysOfResources(registry: Registry): NetworkGateway[] {
  return registry.index.objects('gateway.networking.k8s.io/Gateway').flatMap((gateway) => {
    const labels = stringsOf(gateway.metadata.labels);
    const network = labels[networkLabel] ?? '';
    const spec = fieldsOf(gateway.spec);
    if (network === '' || (spec.gatewayClassName === 'istio-remote' && !registry.isConfig)) return [];
    const ports = objectsOf(spec.listeners).flatMap((listener) => listenerPorts(listener, labels));
    const identity = { network, cluster: registry.cluster, serviceAccount: accountOf(gateway, spec) };
    return objectsOf(spec.addresses)
      .filter(({ type }) => type === 'IPAddress' || type === 'Hostname')
      .map(({ value }) => textOf(value))
      .filter((address) => address !== '')
      .flatMap((address) => ports.map((port) => ({ ...identity, address, ...port })));
  });
}

function listenerPorts(
  listener: JsonObject,
  labels: Readonly<Record<string, string>>,
): Pick<NetworkGateway, 'port' | 'hbonePort'>[] {
  const port = numberOf(listener.port);
  if (port === undefined) return [];
  return [
    ...(isAutoPassthrough(listener, port, labels) ? [{ port, hbonePort: 0 }] : []),
    ...(listener.protocol === 'HBONE' ? [{ port, hbonePort: port }] : []),
  ];
}

function isAutoPassthrough(listener: JsonObject, port: number, labels: Readonly<Record<string, string>>): boolean {
  if (!isJsonObject(listener.tls)) return false;
  const mode = fieldsOf(listener.tls.options)['gateway.istio.io/listener-protocol'];
  return mode === 'auto-passthrough' || String(port) === (labels[gatewayPortLabel] ?? String(defaultPort));
}

/** `namespace/name` of the account that the gateway runs as. */
function accountOf(gateway: KubeObject, spec: JsonObject): string {
  const { name, annotations, namespace } = gateway.metadata;
  const byDefault = spec.gatewayClassName === 'istio-remote' ? `${name}-istio-remote` : name;
  return `${textOf(namespace)}/${textOf(fieldsOf(annotations)['gateway.istio.io/service-account']) || byDefault}`;
}
