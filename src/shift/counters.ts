import type { EnvoyCluster } from '../istio/debug.ts';

/** What an Envoy counted of one endpoint since it knows it. */
export interface HostCount {
  /** The subset; empty for the whole service. */
  readonly subset: string;
  /** With the cluster of Envoy before it: an endpoint is in several. */
  readonly key: string;
  readonly requests: number;
  readonly errors: number;
  readonly healthy: boolean;
}

/** The counters of one sidecar. */
export interface ProxyCounts {
  /** `cluster/namespace/pod` */
  readonly proxy: string;
  /** The calling cluster. */
  readonly from: string;
  readonly hosts: readonly HostCount[];
}

/** Requests, and how many of them failed: 5xx, resets and connections that did not come about. */
export interface Tally {
  readonly requests: number;
  readonly errors: number;
}

/** What one calling cluster sent within a window. */
export interface CallerWindow {
  readonly from: string;
  readonly target: Tally;
  readonly sources: Tally;
  /** Requests that took none of the subsets of the shift. */
  readonly elsewhere: number;
}

/** The endpoints of a service in an Envoy, by the names that istiod gives clusters (pkg/model, BuildSubsetKey). */
export function hostCounts(clusters: readonly EnvoyCluster[], host: string): readonly HostCount[] {
  return clusters.flatMap(({ name, hosts }) => {
    const [direction, , subset = '', of] = name.split('|');
    if (direction !== 'outbound' || of !== host) return [];
    return hosts.map(({ address, stats, healthy }) => {
      const requests = stats.rq_total ?? 0;
      return {
        subset,
        key: `${name} ${address}`,
        requests,
        errors: Math.min(requests, stats.rq_error ?? 0),
        healthy,
      };
    });
  });
}

const nothing: Tally = { requests: 0, errors: 0 };

function plus(one: Tally, other: Tally): Tally {
  return { requests: one.requests + other.requests, errors: one.errors + other.errors };
}

/**
 * What was sent between two readings, by calling cluster. A sidecar that is in one of them alone counts nothing, and an
 * endpoint that Envoy forgot and learned again begins at zero.
 */
export function windowOf(
  before: readonly ProxyCounts[],
  after: readonly ProxyCounts[],
  { target, sources }: { readonly target: string; readonly sources: readonly string[] },
): readonly CallerWindow[] {
  const earlier = new Map(before.map((one) => [one.proxy, one]));
  const windows = new Map<string, CallerWindow>();
  for (const { proxy, from, hosts } of after) {
    const was = earlier.get(proxy);
    if (was === undefined) continue;
    const known = new Map(was.hosts.map((one) => [one.key, one]));
    let window = windows.get(from) ?? { from, target: nothing, sources: nothing, elsewhere: 0 };
    for (const host of hosts) {
      const more = difference(host, known.get(host.key));
      if (host.subset === target) window = { ...window, target: plus(window.target, more) };
      else if (sources.includes(host.subset)) window = { ...window, sources: plus(window.sources, more) };
      else window = { ...window, elsewhere: window.elsewhere + more.requests };
    }
    windows.set(from, window);
  }
  return [...windows.values()].toSorted((one, other) => (one.from < other.from ? -1 : 1));
}

function difference(now: HostCount, was: HostCount | undefined): Tally {
  if (was === undefined || was.requests > now.requests) return { requests: now.requests, errors: now.errors };
  return { requests: now.requests - was.requests, errors: Math.max(0, now.errors - was.errors) };
}

/** All calling clusters together. */
export function together(windows: readonly CallerWindow[]): Omit<CallerWindow, 'from'> {
  return windows.reduce(
    (sum, one) => ({
      target: plus(sum.target, one.target),
      sources: plus(sum.sources, one.sources),
      elsewhere: sum.elsewhere + one.elsewhere,
    }),
    { target: nothing, sources: nothing, elsewhere: 0 },
  );
}

/** The windows of several services together, by calling cluster. */
export function callersTogether(windows: readonly (readonly CallerWindow[])[]): readonly CallerWindow[] {
  const [first = [], ...others] = windows;
  if (others.length === 0) return first;
  const byCaller = Map.groupBy(windows.flat(), ({ from }) => from);
  return [...byCaller]
    .map(([from, own]) => ({ from, ...together(own) }))
    .toSorted((one, other) => (one.from < other.from ? -1 : 1));
}

/** The sidecars that know the target, and those in which no endpoint of it is healthy. */
export function withoutTarget(after: readonly ProxyCounts[], target: string): readonly string[] {
  return after
    .filter(({ hosts }) => hosts.some(({ subset }) => subset === target || subset !== ''))
    .filter(({ hosts }) => !hosts.some(({ subset, healthy }) => subset === target && healthy))
    .map(({ proxy }) => proxy);
}
