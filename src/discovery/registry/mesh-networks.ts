import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { compareTexts, numberOf, textOf } from '../values/fields.ts';
import { type Cidr, cidrContains, ipFamily, parseCidr, parseIp } from '../values/ip.ts';
import { isOn } from '../values/mesh-config.ts';
import type { IstiodSettings } from '../values/snapshot.ts';

export interface MeshNetworkGateway {
  /** IP address or host name; '' where the gateway is a Service. */
  readonly address: string;
  /** Full host name of a Service; '' where the gateway is an address. */
  readonly serviceHost: string;
  readonly port: number;
}

/** One entry of meshNetworks. */
export interface MeshNetwork {
  readonly name: string;
  readonly cidrs: readonly Cidr[];
  readonly clusters: readonly string[];
  readonly gateways: readonly MeshNetworkGateway[];
}

/**
 * meshNetworks by name, which stands for the random order in which istiod goes through them. One mistake anywhere and
 * istiod takes none of it (pkg/config/validation/agent, ValidateMeshNetworks): then there are none here either.
 */
export function readMeshNetworks(istiod: IstiodSettings): readonly MeshNetwork[] {
  const networks = istiod.meshNetworks.networks;
  if (!isJsonObject(networks)) return [];
  const read: MeshNetwork[] = [];
  for (const [name, value] of Object.entries(networks)) {
    const network = readNetwork(name, value, isOn(istiod, 'RESOLVE_HOSTNAME_GATEWAYS'));
    if (network === undefined) return [];
    read.push(network);
  }
  return read.sort((a, b) => compareTexts(a.name, b.name));
}

function readNetwork(name: string, value: Json | undefined, hostNames: boolean): MeshNetwork | undefined {
  const cidrs: Cidr[] = [];
  const clusters: string[] = [];
  const gateways: MeshNetworkGateway[] = [];
  const fields = isJsonObject(value) ? value : {};
  for (const endpoint of objectList(fields.endpoints)) {
    const valid = isJsonObject(endpoint) && readEndpoint(endpoint, cidrs, clusters);
    if (!valid) return undefined;
  }
  for (const item of objectList(fields.gateways)) {
    const gateway = isJsonObject(item) ? readGateway(item, hostNames) : undefined;
    if (gateway === undefined) return undefined;
    gateways.push(gateway);
  }
  return { name, cidrs, clusters, gateways };
}

function objectList(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function readEndpoint(endpoint: JsonObject, cidrs: Cidr[], clusters: string[]): boolean {
  const { fromCidr, fromRegistry } = endpoint;
  if (fromCidr !== undefined && fromRegistry !== undefined) return false;
  if (fromRegistry !== undefined) {
    if (typeof fromRegistry !== 'string' || !isDnsLabel(fromRegistry)) return false;
    clusters.push(fromRegistry);
  }
  if (fromCidr !== undefined) {
    if (typeof fromCidr !== 'string') return false;
    const cidr = parseCidr(fromCidr);
    // A plain address passes istiod's check but holds nothing.
    if (cidr === undefined) return ipFamily(fromCidr) !== undefined;
    cidrs.push(cidr);
  }
  return true;
}

function readGateway(item: JsonObject, hostNames: boolean): MeshNetworkGateway | undefined {
  const address = textOf(item.address);
  const serviceHost = textOf(item.registryServiceName);
  const port = numberOf(item.port);
  if (port === undefined || port < 1 || port > 65_535) return undefined;
  if (item.address !== undefined && item.registryServiceName !== undefined) return undefined;
  if (item.registryServiceName !== undefined && !isHostName(serviceHost)) return undefined;
  const isAddress = ipFamily(address) !== undefined || (hostNames && isHostName(address));
  if (item.address !== undefined && !isAddress) return undefined;
  return { address, serviceHost, port };
}

/** Upper case is allowed, dots are not: a cluster name with a dot cannot be named (trap T20). */
function isDnsLabel(text: string): boolean {
  return text.length <= 63 && /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(text);
}

function isHostName(text: string): boolean {
  const labels = (text.endsWith('.') ? text.slice(0, -1) : text).split('.');
  return text.length <= 255 && labels.every(isDnsLabel) && !/^\d+$/.test(labels.at(-1) ?? '');
}

/** The network of an address that carries no label, in one cluster. */
export type NetworkLookup = (ip: string) => string;

/**
 * Namespace label, then fromRegistry, then the broadest CIDR that holds the address
 * (pilot/pkg/serviceregistry/kube/controller, Network and networkFromMeshNetworks).
 */
export function createNetworkLookup(
  cluster: string,
  systemNetwork: string,
  networks: readonly MeshNetwork[],
): NetworkLookup {
  const claimed = networks.find((network) => network.clusters.includes(cluster))?.name ?? '';
  const fixed = systemNetwork || claimed;
  const ranges = networks
    .flatMap(({ name, cidrs }) => cidrs.map((cidr) => ({ name, cidr })))
    .sort((a, b) => a.cidr.length - b.cidr.length);
  if (fixed !== '' || ranges.length === 0) return () => fixed;
  return (ip) => {
    const address = parseIp(ip);
    if (address === undefined) return '';
    return ranges.find(({ cidr }) => cidrContains(cidr, address))?.name ?? '';
  };
}
