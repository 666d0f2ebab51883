import type { ExcludedEndpoint } from '../values/answer.ts';
import { innerMap } from '../values/cluster-index.ts';
import { compareTexts } from '../values/fields.ts';
import { parseIp, socketAddress } from '../values/ip.ts';
import { augmentLabels } from '../values/locality.ts';
import { type Host, type LocalityGroup, parseLocality, withHosts } from '../values/locality-group.ts';
import type { Endpoint, IstiodView, NetworkGateway } from '../values/model.ts';
import { oncePer } from '../values/once-per.ts';
import type { ProxyClient } from '../values/proxy-client.ts';
import type { Candidate, CandidateGroup, EnvoyClusterRequest } from './eds.ts';
import { flatGroups } from './eds.ts';
import { exclude } from './exclusion.ts';

/** The gateways for the endpoints of one network and cluster. */
interface Selection {
  readonly gateways: readonly NetworkGateway[];
  /** Those of them that the client's IP families reach, with a key that tells them apart. */
  readonly reachable: readonly { readonly gateway: NetworkGateway; readonly key: string }[];
}

/** Undefined where the address is no IP address. */
const familyOf = oncePer((gateway: NetworkGateway): 4 | 6 | undefined => {
  const bits = parseIp(gateway.address)?.bits;
  return bits === undefined ? undefined : bits === 32 ? 4 : 6;
});

function isReachable(gateway: NetworkGateway, families: ReadonlySet<4 | 6>): boolean {
  if (families.size !== 1) return true;
  const family = familyOf(gateway);
  return family !== undefined && families.has(family);
}

/** Everything that istiod tells gateways apart by (model.NetworkGateway), so that two may share an address (trap T15). */
const keyOf = oncePer((gateway: NetworkGateway): string => {
  const { address, port, hbonePort, network, cluster, serviceAccount } = gateway;
  return JSON.stringify([address, port, hbonePort, network, cluster, serviceAccount]);
});

/**
 * Gateways of the endpoint's network in its own cluster, else those of the network (ep_filters.go, selectNetworkGateways).
 * Only then are those without an mTLS port dropped for sidecars, which may leave none (trap T23).
 */
function select(
  view: IstiodView,
  client: Pick<ProxyClient, 'type' | 'families'>,
  { network, cluster }: Pick<Endpoint, 'network' | 'cluster'>,
): Selection {
  const inCluster = view.gateways.byNetworkAndCluster.get(`${network}\n${cluster}`) ?? [];
  const chosen = inCluster.length > 0 ? inCluster : (view.gateways.byNetwork.get(network) ?? []);
  const gateways = client.type === 'sidecar' ? chosen.filter((gateway) => gateway.port !== 0) : chosen;
  const reachable = gateways.filter((gateway) => isReachable(gateway, client.families));
  return { gateways, reachable: reachable.map((gateway) => ({ gateway, key: keyOf(gateway) })) };
}

/** By network, then cluster. */
type Selections = Map<string, Map<string, Selection>>;

const selectionsBefore = oncePer((_view: IstiodView) => new Map<string, Selections>());

/** What was chosen before for clients of the same type and IP families. */
function selectionsFor(view: IstiodView, { type, families }: ProxyClient): Selections {
  const known = selectionsBefore(view);
  const key = `${type} ${families.has(4)} ${families.has(6)}`;
  const selections = known.get(key) ?? new Map();
  known.set(key, selections);
  return selections;
}

function isDirect(client: ProxyClient, endpoint: Endpoint, { gateways }: Selection): boolean {
  if (gateways.length === 0) return true;
  // A client that does not know its network goes through the gateway of every network that has one (trap T6).
  if (client.network === '') return endpoint.network === '';
  return endpoint.network === '' || endpoint.network === client.network;
}

interface GatewayShare {
  readonly gateway: NetworkGateway;
  weight: number;
}

/** A gateway's own labels have nothing of what is behind it. */
const labelsOf = oncePer(({ cluster, network }: NetworkGateway) =>
  augmentLabels({}, { cluster, locality: '', node: '', network }),
);

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

function compareShares(a: GatewayShare, b: GatewayShare): number {
  return compareTexts(a.gateway.address, b.gateway.address) || a.gateway.port - b.gateway.port;
}

/** Replaces the endpoints of other networks by those networks' gateways (ep_filters.go, EndpointsByNetworkFilter). */
class Horizon {
  readonly #request: EnvoyClusterRequest;
  readonly #excluded: ExcludedEndpoint[];
  readonly #selections: Selections;
  /** Endpoints come cluster by cluster: mostly the last selection is wanted again. */
  #last: { readonly network: string; readonly cluster: string; readonly selection: Selection } | undefined;

  constructor(request: EnvoyClusterRequest, excluded: ExcludedEndpoint[]) {
    this.#request = request;
    this.#excluded = excluded;
    this.#selections = selectionsFor(request.view, request.client);
  }

  split({ label, candidates }: CandidateGroup): LocalityGroup {
    const direct: Host[] = [];
    const shares = new Map<string, GatewayShare>();
    for (const candidate of candidates) {
      const host = this.#place(candidate, shares);
      if (host !== undefined) direct.push(host);
    }
    const behind = [...shares.values()].sort(compareShares).map(gatewayHost);
    const empty = { locality: parseLocality(label), priority: 0, hosts: [], weight: null };
    return withHosts(empty, [...direct, ...behind]);
  }

  /** The host where it is reached directly; otherwise its weight goes to gateways, or it is left out. */
  #place({ endpoint, host }: Candidate, shares: Map<string, GatewayShare>): Host | undefined {
    const selection = this.#selection(endpoint);
    if (isDirect(this.#request.client, endpoint, selection)) {
      if (endpoint.address !== '' && endpoint.port !== 0) return host;
      const why = 'it has no IP address, and no gateway stands between it and the client';
      this.#excluded.push(exclude(endpoint, 'no-address-no-gateway', why));
    } else if (selection.reachable.length === 0) {
      const why = `no gateway of network ${endpoint.network} has an address of the client's IP family (IPv${[...this.#request.client.families].join()})`;
      this.#excluded.push(exclude(endpoint, 'no-reachable-gateway-ipfamily', why));
    } else if (host.tlsMode !== 'istio') {
      const why = `it is in network ${endpoint.network}, whose gateway passes mutual TLS only, and ${this.#request.judge.explain(endpoint)}`;
      this.#excluded.push(exclude(endpoint, 'no-mtls-cross-network', why));
    } else this.#share(selection, host.weight, shares);
    return undefined;
  }

  #share({ reachable }: Selection, weight: number, shares: Map<string, GatewayShare>): void {
    const each = Math.floor(weight / reachable.length);
    for (const { gateway, key } of reachable) {
      const share = shares.get(key) ?? { gateway, weight: 0 };
      share.weight = (share.weight + each) >>> 0;
      shares.set(key, share);
    }
  }

  #selection({ network, cluster }: Endpoint): Selection {
    if (this.#last?.network === network && this.#last.cluster === cluster) return this.#last.selection;
    const ofNetwork = innerMap(this.#selections, network);
    const { view, client } = this.#request;
    const selection = ofNetwork.get(cluster) ?? select(view, client, { network, cluster });
    ofNetwork.set(cluster, selection);
    this.#last = { network, cluster, selection };
    return selection;
  }
}

/** What the groups become with gateways; unchanged where no network of the mesh has one (trap T3). */
export function splitHorizon(
  request: EnvoyClusterRequest,
  groups: readonly CandidateGroup[],
  excluded: ExcludedEndpoint[],
): readonly LocalityGroup[] {
  if (!request.view.gateways.multiNetwork) return flatGroups(groups);
  const horizon = new Horizon(request, excluded);
  return groups.map((group) => horizon.split(group));
}

/** A gateway's own cluster keeps only hosts that take mutual TLS (ep_filters.go, EndpointsWithMTLSFilter). */
export function onlyMutualTls(
  groups: readonly LocalityGroup[],
  excluded: ExcludedEndpoint[],
): readonly LocalityGroup[] {
  return groups.map((group) => {
    const kept: Host[] = [];
    for (const host of group.hosts) {
      if (host.tlsMode === 'istio') kept.push(host);
      else excluded.push(withoutMutualTls(host));
    }
    return withHosts(group, kept);
  });
}

function withoutMutualTls({ address, cluster }: Host): ExcludedEndpoint {
  const explanation = `${address}: it takes no mutual TLS, and a gateway in mode AUTO_PASSTHROUGH passes nothing else on.`;
  return { address, cluster, reason: 'no-mtls-cross-network', explanation };
}
