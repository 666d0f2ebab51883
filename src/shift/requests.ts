import type { EnvoyCluster } from '../istio/debug.ts';
import type { Tally } from './counters.ts';

/** The cluster that answers at an address that sidecars of a calling cluster send to; undefined where that is not known. */
export type PlaceOf = (from: string, address: string) => string | undefined;

/** What an Envoy counted of one endpoint since it knows it, in one of its clusters. */
export interface EndpointCount extends Tally {
  /** Its cluster of Envoy and its address. */
  readonly key: string;
  readonly host: string;
  readonly address: string;
}

/** What one proxy counted of all services. */
export interface ProxyRequests {
  /** `cluster/namespace/pod` */
  readonly proxy: string;
  /** The calling cluster. */
  readonly from: string;
  readonly counted: readonly EndpointCount[];
}

/** The endpoints of all services in an Envoy, by the names that istiod gives clusters (pkg/model, BuildSubsetKey). */
export function endpointCounts(clusters: readonly EnvoyCluster[]): readonly EndpointCount[] {
  return clusters.flatMap(({ name, hosts }) => {
    const [direction, , , host = ''] = name.split('|');
    if (direction !== 'outbound' || host === '') return [];
    return hosts.map(({ address, stats }) => {
      const requests = stats.rq_total ?? 0;
      return {
        ...{ key: `${name} ${address}`, host, address, requests },
        errors: Math.min(requests, stats.rq_error ?? 0),
      };
    });
  });
}

/** The requests from one cluster to one service within a window. */
export interface FlowCount extends Tally {
  readonly from: string;
  readonly host: string;
  /** Those that did not fail, by the cluster that answered; `unknown` where it is not known. */
  readonly answered: Readonly<Record<string, number>>;
}

/**
 * What was counted between two readings that follow each other. A proxy that is in one of them alone counts nothing. An Envoy
 * begins at zero with an endpoint that it forgot, and with all of a cluster whose rules changed.
 */
export function requestsBetween(
  before: readonly ProxyRequests[],
  after: readonly ProxyRequests[],
  placeOf: PlaceOf,
): readonly FlowCount[] {
  const earlier = new Map(before.map((one) => [one.proxy, new Map(one.counted.map((count) => [count.key, count]))]));
  const flows = new Map<string, FlowCount>();
  for (const { proxy, from, counted } of after) {
    const known = earlier.get(proxy);
    if (known === undefined) continue;
    for (const { key, host, address, requests, errors } of counted) {
      const more = moreThan(known.get(key), { requests, errors });
      if (more.requests === 0) continue;
      const answered = { [placeOf(from, address) ?? 'unknown']: more.requests - more.errors };
      add(flows, { from, host, ...more, answered });
    }
  }
  return sorted(flows);
}

/** Two windows together, flow by flow. */
export function flowsOfBoth(one: readonly FlowCount[], other: readonly FlowCount[]): readonly FlowCount[] {
  const flows = new Map(one.map((flow) => [`${flow.host} ${flow.from}`, flow]));
  for (const flow of other) add(flows, flow);
  return sorted(flows);
}

function moreThan(was: Tally | undefined, { requests, errors }: Tally): Tally {
  if (was === undefined || was.requests > requests) return { requests, errors };
  return { requests: requests - was.requests, errors: Math.max(0, errors - was.errors) };
}

function add(flows: Map<string, FlowCount>, flow: FlowCount): void {
  const name = `${flow.host} ${flow.from}`;
  const sum = flows.get(name);
  flows.set(name, sum === undefined ? flow : addedUp(sum, flow));
}

function addedUp(one: FlowCount, other: FlowCount): FlowCount {
  const answered: Record<string, number> = { ...one.answered };
  for (const [cluster, count] of Object.entries(other.answered)) answered[cluster] = (answered[cluster] ?? 0) + count;
  return { ...one, requests: one.requests + other.requests, errors: one.errors + other.errors, answered };
}

function sorted(flows: ReadonlyMap<string, FlowCount>): readonly FlowCount[] {
  return [...flows].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, flow]) => flow);
}
