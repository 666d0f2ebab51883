import { envoyAdminPort } from './debug.ts';

/** Where an Envoy shows how long the requests took that its sidecar sent and answered. */
export const requestDurations = {
  port: envoyAdminPort,
  path: '/stats/prometheus?usedonly&filter=istio_request_duration_milliseconds',
} as const;

/**
 * How many requests took how long: by ascending upper bound in milliseconds, how many took no longer. Those that took longer
 * than the last bound are in `count` alone.
 */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly atMost: readonly number[];
  readonly count: number;
}

/** How long the requests of a sidecar to a service took, by the cluster that answered. */
export interface RequestDurations {
  readonly host: string;
  /** As the answering sidecar names it: nobody has checked it. `unknown` where none answered. */
  readonly cluster: string;
  readonly histogram: Histogram;
}

export const noDurations: Histogram = { bounds: [], atMost: [], count: 0 };

/** Longer names are no names of ours, and more buckets than that no Envoy has. */
const longestLabel = 253;
const mostBuckets = 200;

interface Series {
  readonly host: string;
  readonly cluster: string;
  /** By upper bound; `Infinity` for all. */
  readonly buckets: Map<number, number>;
}

/**
 * The client's side of `istio_request_duration_milliseconds` in a page of Prometheus metrics
 * (https://istio.io/latest/docs/reference/config/metrics/): a request with all that its sidecar tried again. The series of one
 * service and cluster are added up. What cannot be read is left out.
 */
export function parseRequestDurations(page: string): readonly RequestDurations[] {
  const found = new Map<string, Series>();
  for (const line of page.split('\n')) {
    const bucket = bucketOf(line);
    if (bucket === undefined) continue;
    const { host, cluster, bound, count } = bucket;
    const key = `${host} ${cluster}`;
    const series = found.get(key) ?? { host, cluster, buckets: new Map() };
    found.set(key, series);
    if (series.buckets.size >= mostBuckets && !series.buckets.has(bound)) continue;
    series.buckets.set(bound, (series.buckets.get(bound) ?? 0) + count);
  }
  return [...found.values()].map(({ host, cluster, buckets }) => ({ host, cluster, histogram: histogramOf(buckets) }));
}

const linePrefix = 'istio_request_duration_milliseconds_bucket{';
const pair = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

interface Bucket {
  readonly host: string;
  readonly cluster: string;
  readonly bound: number;
  readonly count: number;
}

function bucketOf(line: string): Bucket | undefined {
  const end = line.lastIndexOf('}');
  if (!line.startsWith(linePrefix) || end < 0) return undefined;
  const labels = new Map<string, string>();
  for (const [, name = '', value = ''] of line.slice(linePrefix.length, end).matchAll(pair)) labels.set(name, value);
  const host = labels.get('destination_service') ?? '';
  const cluster = labels.get('destination_cluster') ?? 'unknown';
  const upper = labels.get('le') ?? '';
  const bound = upper === '+Inf' ? Number.POSITIVE_INFINITY : Number(upper || Number.NaN);
  const count = Number(
    line
      .slice(end + 1)
      .trim()
      .split(' ')[0] || Number.NaN,
  );
  if (labels.get('reporter') !== 'source' || host === '' || host.length > longestLabel) return undefined;
  if (cluster.length > longestLabel || !(bound > 0) || !Number.isSafeInteger(count) || count < 0) return undefined;
  return { host, cluster, bound, count };
}

function histogramOf(buckets: ReadonlyMap<number, number>): Histogram {
  const sorted = [...buckets].toSorted(([one], [other]) => one - other);
  const finite = sorted.filter(([bound]) => Number.isFinite(bound));
  let most = 0;
  const atMost = finite.map(([, count]) => {
    most = Math.max(most, count);
    return most;
  });
  return {
    bounds: finite.map(([bound]) => bound),
    atMost,
    count: Math.max(most, buckets.get(Number.POSITIVE_INFINITY) ?? 0),
  };
}
