import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { ServiceFlow } from '../../predict/scenario/services.ts';
import { ipOf } from '../../predict/world/pods.ts';
import { worldOf } from '../../predict/world/world.ts';
import type { PlaceOf } from '../../shift/requests.ts';

/**
 * In which cluster an address that a sidecar has sent to answers: a pod of the caller's own network, or the gateway of another one.
 * Networks may have the same addresses for pods. Undefined for an address of several clusters, and for one outside the mesh.
 */
export function placesOf(snapshot: Snapshot, callers: readonly Pick<ServiceFlow, 'from' | 'network'>[]): PlaceOf {
  const world = worldOf(snapshot);
  const byCaller = new Map(
    callers.map(({ from, network }) => [from, addressesFor(world.viewFor(from), network)] as const),
  );
  return (from, address) => byCaller.get(from)?.get(ipOf(address));
}

type View = ReturnType<ReturnType<typeof worldOf>['viewFor']>;

function addressesFor(view: View, network: string): ReadonlyMap<string, string> {
  const found = new Map<string, Set<string>>();
  const note = (address: string, cluster: string): void => {
    found.set(address, (found.get(address) ?? new Set()).add(cluster));
  };
  if (view === undefined) return new Map();
  for (const service of [...view.services.values()].flatMap((named) => [...named.values()])) {
    for (const { endpoints } of view.shards(service)) {
      for (const one of endpoints) if (one.network === network) note(one.address, one.cluster);
    }
  }
  for (const gateway of [...view.gateways.byNetwork.values()].flat()) {
    if (gateway.network !== network && gateway.cluster !== '') note(gateway.address, gateway.cluster);
  }
  return new Map(
    [...found].flatMap(([address, [first, ...more]]) => (first && more.length === 0 ? [[address, first]] : [])),
  );
}
