import {
  endpointShardsPath,
  endpointsByCluster,
  gatewaysIn,
  type HeldEndpoint,
  networkGatewaysPath,
} from '../istio/endpoint-shards.ts';
import { readDebugPage } from './debug-page.ts';
import { type IstiodPlace, readIstiods } from './istiod.ts';

/** What one istiod holds of a cluster that it reads. */
export interface HeldOfPeer {
  readonly peer: string;
  readonly pod: string;
  /** It says that it has read the cluster. */
  readonly isSynced: boolean;
  /** `NAMESPACE/HOST ADDRESS:PORT` of each endpoint, sorted. */
  readonly endpoints: readonly string[];
  /** The addresses that it has from Services of the cluster, by `NAMESPACE/NAME` of the Service. */
  readonly ofServices: ReadonlyMap<string, ReadonlySet<string>>;
  /** `ADDRESS:PORT` of each gateway by which the cluster is reached from other networks, sorted. */
  readonly gateways: readonly string[];
}

/** What every ready istiod of a place holds of some clusters. */
export async function readHeld(
  place: IstiodPlace,
  peers: readonly string[],
  signal: AbortSignal,
): Promise<readonly HeldOfPeer[]> {
  const istiods = await readIstiods(place, signal);
  const held = await Promise.all(
    istiods.map(async ({ pod, clusters }) => {
      const page = async (path: string): Promise<string> => {
        const { client, namespace } = place;
        return await readDebugPage(client, { namespace, pod, path }, signal);
      };
      const [shards, networks] = await Promise.all([page(endpointShardsPath), page(networkGatewaysPath)]);
      const byCluster = endpointsByCluster(shards);
      return peers.map((peer): HeldOfPeer => {
        const endpoints = byCluster.get(peer) ?? [];
        return {
          peer,
          pod,
          isSynced: clusters.some(({ cluster, status }) => cluster === peer && status === 'synced'),
          endpoints: endpoints.flatMap(textsOf).toSorted(),
          ofServices: addressesByService(endpoints),
          gateways: [...gatewaysIn(peer, networks)].toSorted(),
        };
      });
    }),
  );
  return held.flat();
}

function textsOf({ service, addresses, port }: HeldEndpoint): readonly string[] {
  return addresses.map((address) => `${service} ${address}:${port}`);
}

function addressesByService(endpoints: readonly HeldEndpoint[]): HeldOfPeer['ofServices'] {
  const found = new Map<string, Set<string>>();
  for (const { service, addresses, registry } of endpoints) {
    if (registry !== 'Kubernetes') continue;
    const key = serviceOf(service);
    const known = found.get(key) ?? new Set();
    found.set(key, known);
    for (const address of addresses) known.add(address);
  }
  return found;
}

/** `shop/cart` of `shop/cart.shop.svc.cluster.local`. */
function serviceOf(host: string): string {
  const slash = host.indexOf('/');
  const dot = host.indexOf('.', slash);
  return dot < 0 ? host : host.slice(0, dot);
}

/** What an istiod held before and does not hold any longer: endpoints and gateways, one a text. */
export interface LossOfPeer {
  readonly pod: string;
  readonly endpoints: readonly string[];
  readonly gateways: readonly string[];
}

/** What each istiod that was there before has lost. */
export function lossesOf(before: readonly HeldOfPeer[], after: readonly HeldOfPeer[]): readonly LossOfPeer[] {
  return after.flatMap((now) => {
    const then = before.find(({ pod }) => pod === now.pod);
    if (then === undefined) return [];
    const loss = {
      pod: now.pod,
      endpoints: missing(then.endpoints, now.endpoints),
      gateways: missing(then.gateways, now.gateways),
    };
    return loss.endpoints.length + loss.gateways.length === 0 ? [] : [loss];
  });
}

function missing(before: readonly string[], after: readonly string[]): readonly string[] {
  const held = new Set(after);
  return before.filter((one) => !held.has(one));
}
