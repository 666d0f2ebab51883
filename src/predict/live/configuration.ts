import type { TracedDestination } from '../request/trace.ts';
import { ipOf } from '../world/pods.ts';

/** This folder compares a trace with what istiod, Envoy and a real request say. It asks none of them itself. */

/** An endpoint as istiod sends it or as Envoy has it. */
export interface LiveEndpoint {
  readonly address: string;
  readonly weight: number;
  readonly priority: number;
  readonly healthy: boolean;
}

/** What the real mesh says of one of Envoy's clusters; undefined where it says nothing. */
export interface LiveEnvoyCluster {
  readonly istiod: readonly LiveEndpoint[] | undefined;
  readonly envoy: readonly LiveEndpoint[] | undefined;
  /** Hosts that Envoy has ejected because they failed. */
  readonly ejected: readonly string[];
}

/** One endpoint that is not as predicted; null where one of the two does not have it. */
export interface LiveDifference {
  readonly at: 'istiod' | 'envoy';
  readonly address: string;
  readonly predicted: string | null;
  readonly actual: string | null;
}

/**
 * `ModelDefect`: istiod itself says something else, and nothing explains it. `EarlierState`: it sends addresses that no object has.
 * `ClusterUnread`: it reads a cluster that the prediction lacks. `StaleProxy`: it says what was predicted, and Envoy has other hosts.
 */
export type LiveVerdict = 'Agrees' | 'ModelDefect' | 'EarlierState' | 'ClusterUnread' | 'StaleProxy' | 'NotKnown';

export interface LiveResult {
  /** Envoy's name of its cluster. */
  readonly envoyCluster: string;
  readonly verdict: LiveVerdict;
  readonly differences: readonly LiveDifference[];
  readonly ejected: readonly string[];
}

/** What of a destination is compared. */
export type ComparedDestination = Pick<TracedDestination, 'envoyCluster' | 'endpoints' | 'effective' | 'findings'>;

/** Holds the prediction for one destination against the real istiod and the real Envoy. */
export function compareLive(
  { envoyCluster, endpoints, effective, findings }: ComparedDestination,
  { istiod, envoy, ejected }: LiveEnvoyCluster,
  isNamed: (ip: string) => boolean,
): LiveResult {
  const ofIstiod = istiod === undefined ? [] : differences('istiod', endpoints.map(asLive), istiod);
  const ofEnvoy = envoy === undefined ? [] : differences('envoy', effective.map(asLive), envoy);
  const result = { envoyCluster, differences: [...ofIstiod, ...ofEnvoy], ejected };
  if (ofIstiod.length > 0) {
    const isUnread = findings.some(({ code }) => code === 'endpoints-unread');
    const isEarlier = ofIstiod.some(({ address, predicted }) => predicted === null && !isNamed(ipOf(address)));
    return { ...result, verdict: isUnread ? 'ClusterUnread' : isEarlier ? 'EarlierState' : 'ModelDefect' };
  }
  if (istiod === undefined) return { ...result, verdict: 'NotKnown' };
  // What istiod sends is what was predicted: hosts that differ were never told, or Envoy's rules are not as modelled.
  if (ofEnvoy.length > 0) return { ...result, verdict: isStale(istiod, envoy ?? []) ? 'StaleProxy' : 'ModelDefect' };
  return { ...result, verdict: envoy === undefined ? 'NotKnown' : 'Agrees' };
}

function asLive({ address, weight, priority, health }: TracedDestination['endpoints'][number]): LiveEndpoint {
  return { address, weight, priority, healthy: health === 'HEALTHY' };
}

/** True where Envoy has an address that istiod does not send, or lacks one that it sends. */
function isStale(sent: readonly LiveEndpoint[], held: readonly LiveEndpoint[]): boolean {
  const known = new Set(sent.map(({ address }) => address));
  const has = new Set(held.map(({ address }) => address));
  return known.size !== has.size || [...known].some((address) => !has.has(address));
}

function textOf({ weight, priority, healthy }: LiveEndpoint): string {
  return `weight ${weight}, priority ${priority}, ${healthy ? 'healthy' : 'not healthy'}`;
}

/** By address; an address that istiod sends several times has all of its texts, sorted. */
function textsByAddress(endpoints: readonly LiveEndpoint[]): ReadonlyMap<string, string> {
  const byAddress = Map.groupBy(endpoints, ({ address }) => address);
  return new Map([...byAddress].map(([address, same]) => [address, same.map(textOf).sort().join(' and ')]));
}

function differences(
  at: LiveDifference['at'],
  predicted: readonly LiveEndpoint[],
  actual: readonly LiveEndpoint[],
): readonly LiveDifference[] {
  const [ours, theirs] = [textsByAddress(predicted), textsByAddress(actual)];
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((address) => {
    const [expected, found] = [ours.get(address) ?? null, theirs.get(address) ?? null];
    return expected === found ? [] : [{ at, address, predicted: expected, actual: found }];
  });
}
