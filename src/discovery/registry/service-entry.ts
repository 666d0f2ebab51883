import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { namespaceOf } from '../values/config-object.ts';
import { fieldsOf, numberOf, objectsOf, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { ipFamily, parseCidr } from '../values/ip.ts';
import type { Endpoint, Resolution, Service, ServicePort } from '../values/model.ts';
import { parseProtocol } from '../values/protocol.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import { visibleTo } from './entry-visibility.ts';
import type { Registry } from './registry.ts';
import { annotatedDistribution, trafficDistributionOf, unspecifiedAddress } from './services.ts';
import { socketPrefix, type Workload, workloadOfEntry } from './workload.ts';
import { visibleObjects, type WorkloadFinder } from './workloads.ts';

export interface EntryPort extends ServicePort {
  /** 0 for none. */
  readonly target: number;
}

/** A ServiceEntry as istiod reads it (pilot/pkg/serviceregistry/serviceentry/conversion.go). */
export interface ServiceEntry {
  readonly object: KubeObject;
  readonly namespace: string;
  readonly spec: JsonObject;
  readonly hosts: readonly string[];
  /** As services get them: each host has one service for each address. */
  readonly addresses: readonly string[];
  readonly ports: readonly EntryPort[];
  readonly resolution: Resolution;
}

/** By host, then namespace; oldest first. */
export type ServiceEntries = ReadonlyMap<string, ReadonlyMap<string, readonly ServiceEntry[]>>;

const resolutions = new Map<unknown, Resolution>([
  ['STATIC', 'ClientSideLB'],
  ['DNS', 'DNS'],
  ['DNS_ROUND_ROBIN', 'DNSRoundRobin'],
  ['DYNAMIC_DNS', 'DynamicDNS'],
]);

const connectStrategy = 'istio.io/connect-strategy';

export function readServiceEntries(istiod: IstiodSettings, config: Registry): ServiceEntries {
  const byHost = new Map<string, Map<string, ServiceEntry[]>>();
  for (const object of visibleObjects(istiod, config, 'networking.istio.io/ServiceEntry')) {
    const entry = readServiceEntry(object);
    if (entry.addresses.length === 0) continue;
    for (const host of entry.hosts) {
      const namespaces = remember(byHost, host, () => new Map());
      remember(namespaces, entry.namespace, () => []).push(entry);
    }
  }
  return byHost;
}

function readServiceEntry(object: KubeObject): ServiceEntry {
  const spec = fieldsOf(object.spec);
  return {
    object,
    namespace: namespaceOf(object),
    spec,
    hosts: [...new Set(textsOf(spec.hosts))],
    addresses: addressesOf(spec),
    ports: objectsOf(spec.ports).flatMap(readPort),
    resolution: resolutions.get(spec.resolution) ?? 'Passthrough',
  };
}

/** Neither an address nor a range: there is no service for it. A range of one address is that address. */
function addressesOf(spec: JsonObject): readonly string[] {
  const declared = textsOf(spec.addresses);
  if (declared.length === 0) return [unspecifiedAddress];
  const valid = declared.flatMap((address) => {
    if (ipFamily(address) !== undefined) return [address];
    const cidr = parseCidr(address);
    if (cidr === undefined) return [];
    return [cidr.length === cidr.bits ? address.slice(0, address.indexOf('/')) : address];
  });
  return [...new Set(valid)];
}

function readPort(port: JsonObject): EntryPort[] {
  const number = numberOf(port.number);
  if (number === undefined) return [];
  const target = numberOf(port.targetPort) ?? 0;
  const protocol = parseProtocol(textOf(port.protocol));
  return [{ name: textOf(port.name), port: number, protocol, targetPort: target === 0 ? undefined : target, target }];
}

/** The service of one host: the oldest entry's (pilot/pkg/model/push_context.go, initServiceRegistry). */
export function serviceOfEntry(
  entry: ServiceEntry,
  host: string,
  { istiod, config }: { readonly istiod: IstiodSettings; readonly config: Registry },
): Service {
  const { object, namespace, spec } = entry;
  const namespaceMeta = config.index.namespaces.get(namespace)?.metadata;
  const annotations = fieldsOf(object.metadata.annotations);
  const racesConnections = textOf(annotations[connectStrategy]).toUpperCase() === 'RACE_FIRST_TCP_CONNECT';
  return {
    host,
    name: host,
    namespace,
    provider: 'External',
    definedIn: config.cluster,
    clusters: [config.cluster],
    resolution: entry.resolution,
    meshExternal: spec.location !== 'MESH_INTERNAL',
    ports: entry.ports,
    labels: stringsOf(object.metadata.labels),
    exportTo: visibleTo(istiod, textsOf(spec.exportTo), {
      name: namespace,
      labels: stringsOf(namespaceMeta?.labels),
    }),
    vips: new Map(),
    defaultAddress: entry.addresses[0] ?? unspecifiedAddress,
    trafficDistribution: trafficDistributionOf([
      annotatedDistribution(annotations),
      annotatedDistribution(fieldsOf(namespaceMeta?.annotations)),
    ]),
    nodeLocal: false,
    publishNotReady: false,
    creationTime: textOf(object.metadata.creationTimestamp),
    serviceAccounts: textsOf(spec.subjectAltNames),
    ...(racesConnections ? { racesConnections } : {}),
    ...(isJsonObject(spec.workloadSelector) ? { workloadSelector: stringsOf(spec.workloadSelector.labels) } : {}),
  };
}

/**
 * All endpoints of a host in one namespace, over all its ServiceEntries. An entry with several addresses is as many
 * services of one name, so that each of its endpoints is there as many times.
 */
export function endpointsOfEntries(
  entries: readonly ServiceEntry[],
  host: string,
  context: { readonly istiod: IstiodSettings; readonly find: WorkloadFinder },
): readonly Endpoint[] {
  const endpoints: Endpoint[] = [];
  const taken = new Set<number>();
  for (const entry of entries) {
    const own = endpointsOfEntry(entry, host, context);
    for (const _ of entry.addresses) {
      for (const endpoint of own) {
        // Only one endpoint a port makes sense where a proxy resolves one name.
        if (entry.resolution === 'DNSRoundRobin' && taken.has(endpoint.entryPort)) continue;
        taken.add(endpoint.entryPort);
        endpoints.push(endpoint);
      }
    }
  }
  return endpoints;
}

/** An endpoint of one port of a ServiceEntry. */
type PortEndpoint = Endpoint & { readonly entryPort: number };

function endpointsOfEntry(
  entry: ServiceEntry,
  host: string,
  { istiod, find }: { readonly istiod: IstiodSettings; readonly find: WorkloadFinder },
): readonly PortEndpoint[] {
  const { spec, namespace, object } = entry;
  const isDns = entry.resolution === 'DNS' || entry.resolution === 'DNSRoundRobin';
  if (isJsonObject(spec.workloadSelector)) {
    const selected = find(namespace, stringsOf(spec.workloadSelector.labels)).filter((one) => isDns || !one.dnsOnly);
    return selected.toSorted(compareWorkloads).flatMap((workload) => atPorts(workload, entry.ports));
  }
  const inline = objectsOf(spec.endpoints);
  if (inline.length === 0 && isDns) {
    return atPorts({ endpoint: endpointOfHost(entry, host, istiod.cluster), ports: new Map() }, entry.ports);
  }
  return inline.flatMap((endpoint, index) => {
    const place = { istiod, cluster: istiod.cluster, namespace, name: `${object.metadata.name}-${index}` };
    return atPorts(workloadOfEntry(endpoint, stringsOf(endpoint.labels), place), entry.ports);
  });
}

/** Pods come before WorkloadEntries. */
function compareWorkloads(a: Workload, b: Workload): number {
  if (a.kind !== b.kind) return a.kind === 'Pod' ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** Socket, else the workload's own port of that name, else the entry's target port, else the port itself. */
function atPorts(
  { endpoint, ports }: Pick<Workload, 'endpoint' | 'ports'>,
  entryPorts: readonly EntryPort[],
): PortEndpoint[] {
  const isSocket = endpoint.address.startsWith(socketPrefix);
  const address = isSocket ? endpoint.address.slice(socketPrefix.length) : endpoint.address;
  return entryPorts.map(({ name, port, target }) => {
    const number = ports.get(name) ?? (target || port);
    return { ...endpoint, address, portName: name, entryPort: port, port: isSocket ? 0 : number };
  });
}

/** A DNS service without endpoints is its own endpoint. */
function endpointOfHost(entry: ServiceEntry, host: string, cluster: string): Endpoint {
  return {
    address: host,
    port: 0,
    portName: '',
    network: '',
    cluster,
    locality: '',
    labels: {},
    tlsMode: 'disabled',
    health: 'HEALTHY',
    weight: 1,
    serviceAccount: '',
    namespace: entry.namespace,
    node: '',
    workload: entry.object.metadata.name,
  };
}
