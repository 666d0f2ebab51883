import { type Histogram, noDurations, type RequestDurations } from '../istio/request-durations.ts';

/** What one sidecar measured since it runs. */
export interface ProxyDurations {
  /** `cluster/namespace/pod` */
  readonly proxy: string;
  /** The calling cluster. */
  readonly from: string;
  readonly durations: readonly RequestDurations[];
}

/** How long the requests of one cluster to a service took within a window, by the cluster that answered. */
export interface LatencyFlow extends RequestDurations {
  readonly from: string;
}

/** A quantile out of buckets: what is known is the bucket, the figure is interpolated within it. */
export interface Quantile {
  readonly ms: number;
  readonly fromMs: number;
  /** Undefined where it is beyond the last bound. */
  readonly toMs: number | undefined;
  /** Out of how many requests. */
  readonly requests: number;
}

/**
 * What was measured between two readings. A sidecar that is in one of them alone counts nothing, and one that measured less
 * than before began again at zero. Envoy adds to histograms every five seconds, so a window begins and ends up to that much early.
 */
export function latencyBetween(
  before: readonly ProxyDurations[],
  after: readonly ProxyDurations[],
): readonly LatencyFlow[] {
  const earlier = new Map(before.map((one) => [one.proxy, one.durations]));
  const flows = new Map<string, LatencyFlow>();
  for (const { proxy, from, durations } of after) {
    const known = earlier.get(proxy);
    if (known === undefined) continue;
    for (const { host, cluster, histogram } of durations) {
      const was = known.find((one) => one.host === host && one.cluster === cluster)?.histogram;
      const more = was === undefined ? histogram : difference(histogram, was);
      if (more.count === 0) continue;
      const key = JSON.stringify([from, host, cluster]);
      flows.set(key, { from, host, cluster, histogram: plus(flows.get(key)?.histogram ?? noDurations, more) });
    }
  }
  return [...flows].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, flow]) => flow);
}

/** What the target and the source clusters needed for the requests of one service. */
export interface ShiftDurations {
  readonly target: Histogram;
  readonly sources: Histogram;
}

/** Of the clusters that a shift is about; what none of them answered took nothing that can be compared. */
export function durationsOf(
  flows: readonly LatencyFlow[],
  { host, to, from }: { readonly host: string; readonly to: string; readonly from: readonly string[] },
): ShiftDurations {
  const of = (clusters: readonly string[]): Histogram =>
    allOf(flows.filter((one) => one.host === host && clusters.includes(one.cluster)).map((one) => one.histogram));
  return { target: of([to]), sources: of(from) };
}

/** All of these together. */
export function allOf(histograms: readonly Histogram[]): Histogram {
  return histograms.reduce(plus, noDurations);
}

/** Bounds that only one of them has tell nothing about both. */
function plus(one: Histogram, other: Histogram): Histogram {
  if (one.count === 0) return other;
  if (other.count === 0) return one;
  return combined(one, other, (a, b) => a + b);
}

function difference(now: Histogram, was: Histogram): Histogram {
  const isYounger =
    was.count > now.count || was.bounds.some((bound) => slowerThan(was, bound) > slowerThan(now, bound));
  return isYounger ? now : combined(now, was, (a, b) => Math.max(0, a - b));
}

function combined(one: Histogram, other: Histogram, of: (a: number, b: number) => number): Histogram {
  const others = new Map(other.bounds.map((bound, index) => [bound, other.atMost[index] ?? 0]));
  const shared = one.bounds.flatMap((bound, index) => {
    const theirs = others.get(bound);
    return theirs === undefined ? [] : [{ bound, atMost: of(one.atMost[index] ?? 0, theirs) }];
  });
  return {
    bounds: shared.map(({ bound }) => bound),
    atMost: shared.map(({ atMost }) => atMost),
    count: of(one.count, other.count),
  };
}

/** How many took longer than one of the bounds; all of them at zero. */
export function slowerThan({ bounds, atMost, count }: Histogram, bound: number): number {
  return count - (atMost[bounds.lastIndexOf(bound)] ?? 0);
}

/** Undefined of no request at all. */
export function quantileOf({ bounds, atMost, count }: Histogram, part: number): Quantile | undefined {
  if (count === 0) return undefined;
  const rank = part * count;
  const index = atMost.findIndex((known) => known >= rank);
  const toMs = bounds[index];
  if (toMs === undefined) return { ms: bounds.at(-1) ?? 0, fromMs: bounds.at(-1) ?? 0, toMs, requests: count };
  const [fromMs, below] = [bounds[index - 1] ?? 0, atMost[index - 1] ?? 0];
  const within = (rank - below) / ((atMost[index] ?? 0) - below);
  return { ms: fromMs + (toMs - fromMs) * within, fromMs, toMs, requests: count };
}

/** `312 ms (250 to 500 ms)` */
export function quantileText({ ms, fromMs, toMs }: Omit<Quantile, 'requests'>): string {
  const bucket = toMs === undefined ? `over ${figure(fromMs)} ms` : `${figure(fromMs)} to ${figure(toMs)} ms`;
  return `${figure(ms)} ms (${bucket})`;
}

function figure(ms: number): string {
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)}`;
}
