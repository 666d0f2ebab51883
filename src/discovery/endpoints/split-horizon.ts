import { oncePer, remember } from '../../base/memo.ts';
import type { ExcludedEndpoint } from '../values/answer.ts';
import { compareTexts } from '../values/fields.ts';
import { socketAddress } from '../values/ip.ts';
import { augmentLabels } from '../values/locality.ts';
import { type Host, type LocalityGroup, parseLocality, withHosts } from '../values/locality-group.ts';
import type { Endpoint, NetworkGateway } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';
import { flatGroups } from './eds.ts';
import type { EnvoyClusterRequest } from './envoy-cluster-request.ts';
import { type Exclusion, exclude, type Step } from './exclusion.ts';
import { type GatewaySelection, gatewaySelector } from './gateway-selection.ts';
import type { Candidate, CandidateGroup } from './judged-endpoints.ts';

/**
 * The groups with the endpoints of other networks replaced by those networks' gateways (ep_filters.go,
 * EndpointsByNetworkFilter); unchanged where no network of the mesh has a gateway (trap T3).
 */
export function splitHorizon(request: EnvoyClusterRequest, groups: readonly CandidateGroup[]): Step {
  const { view, client } = request;
  if (!view.gateways.multiNetwork) return { groups: flatGroups(groups), excluded: [] };
  const selectionOf = gatewaySelector(view, client);
  const split = groups.map((group) => splitGroup(request, group, selectionOf));
  return { groups: split.map(({ group }) => group), excluded: split.flatMap(({ excluded }) => excluded) };
}

function splitGroup(
  request: EnvoyClusterRequest,
  { label, candidates }: CandidateGroup,
  selectionOf: ReturnType<typeof gatewaySelector>,
): { readonly group: LocalityGroup; readonly excluded: readonly Exclusion[] } {
  const direct: Host[] = [];
  const shares = new Map<string, GatewayShare>();
  const excluded: Exclusion[] = [];
  for (const candidate of candidates) {
    const { endpoint, host } = candidate;
    const selection = selectionOf(endpoint);
    const exclusion = unreachable(request, candidate, selection);
    if (exclusion !== undefined) excluded.push(exclusion);
    else if (isDirect(request.client, endpoint, selection)) direct.push(host);
    else divide(host.weight, selection, shares);
  }
  const behind = [...shares.values()].sort(compareShares).map(gatewayHost);
  const empty = { locality: parseLocality(label), priority: 0, hosts: [], weight: null };
  return { group: withHosts(empty, [...direct, ...behind]), excluded };
}

/** Why the client reaches the endpoint neither directly nor through a gateway; undefined where it does. */
function unreachable(
  { client, judge }: EnvoyClusterRequest,
  { endpoint, host }: Candidate,
  selection: GatewaySelection,
): Exclusion | undefined {
  const { network } = endpoint;
  if (isDirect(client, endpoint, selection)) {
    if (endpoint.address !== '' && endpoint.port !== 0) return undefined;
    const why = 'it has no IP address, and no gateway stands between it and the client';
    return () => exclude(endpoint, 'no-address-no-gateway', why);
  }
  if (selection.reachable.length === 0) {
    const family = `IPv${[...client.families].join()}`;
    const why = `no gateway of network ${network} has an address of the client's IP family (${family})`;
    return () => exclude(endpoint, 'no-reachable-gateway-ipfamily', why);
  }
  if (host.tlsMode === 'istio') return undefined;
  return () => {
    const why = `it is in network ${network}, whose gateway passes mutual TLS only, and ${judge.explain(endpoint)}`;
    return exclude(endpoint, 'no-mtls-cross-network', why);
  };
}

function isDirect(client: ProxyClient, endpoint: Endpoint, { gateways }: GatewaySelection): boolean {
  if (gateways.length === 0) return true;
  // A client that does not know its network goes through the gateway of every network that has one (trap T6).
  if (client.network === '') return endpoint.network === '';
  return endpoint.network === '' || endpoint.network === client.network;
}

interface GatewayShare {
  readonly gateway: NetworkGateway;
  weight: number;
}

/** Gives each gateway its part of an endpoint's weight, in unsigned 32 bits as Go's uint32 wraps. */
function divide(weight: number, { reachable }: GatewaySelection, shares: Map<string, GatewayShare>): void {
  const each = Math.floor(weight / reachable.length);
  for (const { gateway, key } of reachable) {
    const share = remember(shares, key, () => ({ gateway, weight: 0 }));
    share.weight = (share.weight + each) >>> 0;
  }
}

function compareShares(a: GatewayShare, b: GatewayShare): number {
  return compareTexts(a.gateway.address, b.gateway.address) || a.gateway.port - b.gateway.port;
}

function gatewayHost({ gateway, weight }: GatewayShare): Host {
  const { network, cluster } = gateway;
  return {
    address: socketAddress(gateway.address, gateway.port),
    weight: weight === 0 ? 1 : weight,
    // A gateway carries no health of what is behind it (trap T2).
    health: 'HEALTHY',
    via: 'gateway',
    network,
    cluster,
    tlsMode: 'istio',
    labels: labelsOf(gateway),
  };
}

/** A gateway's own labels say nothing of the endpoints behind it. */
const labelsOf = oncePer(({ cluster, network }: NetworkGateway) =>
  augmentLabels({}, { cluster, locality: '', node: '', network }),
);

/** A gateway's own cluster keeps only hosts that take mutual TLS (ep_filters.go, EndpointsWithMTLSFilter). */
export function onlyMutualTls(groups: readonly LocalityGroup[]): Step {
  const isMutual = ({ tlsMode }: Host): boolean => tlsMode === 'istio';
  const others = groups.flatMap(({ hosts }) => hosts.filter((host) => !isMutual(host)));
  return {
    groups: groups.map((group) => withHosts(group, group.hosts.filter(isMutual))),
    excluded: others.map((host) => () => withoutMutualTls(host)),
  };
}

function withoutMutualTls({ address, cluster }: Host): ExcludedEndpoint {
  const explanation = `${address}: it takes no mutual TLS, and a gateway in mode AUTO_PASSTHROUGH passes nothing else on.`;
  return { address, cluster, reason: 'no-mtls-cross-network', explanation };
}
