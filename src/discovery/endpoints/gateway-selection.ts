import { oncePer, remember } from '../../base/memo.ts';
import { parseIp } from '../values/ip.ts';
import type { Endpoint, IstiodView, NetworkGateway } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';

/** The gateways for the endpoints of one network and cluster. */
export interface GatewaySelection {
  readonly gateways: readonly NetworkGateway[];
  /** Those of them that the client's IP families reach, with a key that tells them apart. */
  readonly reachable: readonly { readonly gateway: NetworkGateway; readonly key: string }[];
}

type Place = Pick<Endpoint, 'network' | 'cluster'>;

/** Selects the gateways for the endpoints that a client may use; made once for clients of the same type and IP families. */
export function gatewaySelector(view: IstiodView, client: ProxyClient): (endpoint: Place) => GatewaySelection {
  const { type, families } = client;
  const kind = `${type} ${families.has(4)} ${families.has(6)}`;
  const selections = remember(selectionsIn(view), kind, () => new Map());
  // Endpoints come cluster by cluster: mostly the last selection is wanted again.
  let last: (Place & { readonly selection: GatewaySelection }) | undefined;
  return ({ network, cluster }) => {
    if (last?.network === network && last.cluster === cluster) return last.selection;
    const ofNetwork = remember(selections, network, () => new Map());
    const selection = remember(ofNetwork, cluster, () => select(view, client, { network, cluster }));
    last = { network, cluster, selection };
    return selection;
  };
}

/** By kind of client, then network, then cluster. */
const selectionsIn = oncePer((_view: IstiodView) => new Map<string, Map<string, Map<string, GatewaySelection>>>());

/**
 * Gateways of the endpoint's network in its own cluster, else those of the network (ep_filters.go, selectNetworkGateways).
 * Only then are those without an mTLS port dropped for sidecars, which may leave none (trap T23).
 */
function select(view: IstiodView, { type, families }: ProxyClient, { network, cluster }: Place): GatewaySelection {
  const inCluster = view.gateways.byNetworkAndCluster.get(`${network}\n${cluster}`) ?? [];
  const chosen = inCluster.length > 0 ? inCluster : (view.gateways.byNetwork.get(network) ?? []);
  const gateways = type === 'sidecar' ? chosen.filter((gateway) => gateway.port !== 0) : chosen;
  const reachable = gateways.filter((gateway) => isReachable(gateway, families));
  return { gateways, reachable: reachable.map((gateway) => ({ gateway, key: keyOf(gateway) })) };
}

function isReachable(gateway: NetworkGateway, families: ReadonlySet<4 | 6>): boolean {
  if (families.size !== 1) return true;
  const family = familyOf(gateway);
  return family !== undefined && families.has(family);
}

/** Undefined where the address is no IP address. */
const familyOf = oncePer((gateway: NetworkGateway): 4 | 6 | undefined => {
  const bits = parseIp(gateway.address)?.bits;
  return bits === undefined ? undefined : bits === 32 ? 4 : 6;
});

/** Everything that istiod tells gateways apart by (model.NetworkGateway), so that two may share an address (trap T15). */
const keyOf = oncePer((gateway: NetworkGateway): string => {
  const { address, port, hbonePort, network, cluster, serviceAccount } = gateway;
  return JSON.stringify([address, port, hbonePort, network, cluster, serviceAccount]);
});
