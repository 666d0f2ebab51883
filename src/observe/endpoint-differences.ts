import type { ClusterSlices } from './endpoint-slices.ts';
import type { HeldOfPeer } from './held-endpoints.ts';

/** One address that one istiod holds of a peer and should not, or the other way round. */
export interface EndpointDifference {
  readonly pod: string;
  /** `Gone`: the peer has it no longer. `Missing`: the peer has it, ready. */
  readonly what: 'Gone' | 'Missing';
  /** `NAMESPACE/NAME` */
  readonly service: string;
  readonly address: string;
}

/** How the EndpointSlices of a peer are to be taken. */
export interface Comparing {
  readonly slices: ClusterSlices;
  /** False where istiod may have been configured to leave namespaces out: then one of which it holds nothing says nothing. */
  readonly readsAll: boolean;
  /** Addresses of workloads that no EndpointSlice has: those of WorkloadEntries. */
  readonly others: ReadonlySet<string>;
}

/** What an istiod holds of a peer against what the EndpointSlices of the peer say. */
export function differencesOf(held: HeldOfPeer, comparing: Comparing): readonly EndpointDifference[] {
  return [...goneOf(held, comparing), ...missingOf(held, comparing)];
}

function goneOf({ pod, ofServices }: HeldOfPeer, { slices, others }: Comparing): readonly EndpointDifference[] {
  return [...ofServices].flatMap(([service, addresses]) => {
    const known = slices.services.get(service)?.known;
    return [...addresses]
      .filter((address) => known?.has(address) !== true && !others.has(address))
      .map((address): EndpointDifference => ({ pod, what: 'Gone', service, address }));
  });
}

function missingOf({ pod, ofServices }: HeldOfPeer, { slices, readsAll }: Comparing): readonly EndpointDifference[] {
  const namespaces = new Set([...ofServices.keys()].map(namespaceOf));
  const mustHold = (service: string): boolean =>
    readsAll || ofServices.size === 0 || namespaces.has(namespaceOf(service));
  return [...slices.services]
    .filter(([service]) => mustHold(service))
    .flatMap(([service, { ready }]) => {
      const held = ofServices.get(service);
      return [...ready]
        .filter((address) => held?.has(address) !== true)
        .map((address): EndpointDifference => ({ pod, what: 'Missing', service, address }));
    });
}

function namespaceOf(service: string): string {
  return service.slice(0, service.indexOf('/'));
}
