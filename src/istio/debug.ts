import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import type { Json } from '../base/json.ts';

/**
 * The port of istiod's debug pages. Whoever comes from the pod's own loopback, as a port-forward does, needs no
 * credential; anybody else needs a token or a certificate (pilot/pkg/xds/debug.go, allowAuthenticatedOrLocalhost).
 */
export const istiodDebugPort = 15014;
/** What `istioctl remote-clusters` reads (istioctl/pkg/proxyconfig/clusters.go). */
export const clusterzPath = '/debug/clusterz';

/** Envoy's admin port, bound to the pod's loopback. */
export const envoyAdminPort = 15000;
export const envoyClustersPath = '/clusters?format=json';
export const envoyStatsPath = '/stats?format=json';

/** What one istiod says about a cluster that it reads. */
export interface ReadCluster {
  readonly cluster: string;
  /** `namespace/name` of the remote secret; undefined for istiod's own cluster. */
  readonly secret: string | undefined;
  /** `timeout`: given up waiting, serving without it. `Unknown`: a word that this version does not know. */
  readonly status: 'synced' | 'syncing' | 'timeout' | 'closed' | 'Unknown';
}

// pkg/cluster/debug.go, DebugInfo; the words are those of pkg/kube/multicluster/cluster.go, SyncStatus*.
const clusterz = z.array(
  z.looseObject({
    id: z.string(),
    secretName: z.string(),
    syncStatus: z.union([
      z.enum(['synced', 'syncing', 'timeout', 'closed']),
      z.string().transform(() => 'Unknown' as const),
    ]),
  }),
);

/** The answer of `/debug/clusterz`: istiod's own cluster first, then one entry for each remote secret's key. */
export function parseClusterz(answer: Json): readonly ReadCluster[] {
  return parsed(clusterz, answer, `istiod ${clusterzPath}`).map(({ id, secretName, syncStatus }) => ({
    cluster: id,
    secret: secretName === '' ? undefined : secretName,
    status: syncStatus,
  }));
}

/** One host of an Envoy cluster. */
export interface EnvoyHost {
  /** `10.1.2.3:8080`, or the name of an internal listener or pipe. */
  readonly address: string;
  /** False where any of Envoy's health signals (EDS, outlier detection, active check) says so. */
  readonly healthy: boolean;
  readonly ejected: boolean;
  readonly weight: number;
  /** 0 is tried first. */
  readonly priority: number;
  readonly locality: { readonly region: string; readonly zone: string; readonly subZone: string };
  /** Counters and gauges by name, e.g. `rq_total`. Those that are zero may be left out. */
  readonly stats: Readonly<Record<string, number>>;
}

export interface EnvoyCluster {
  /** `outbound|9080||reviews.bookinfo.svc.cluster.local` for those that istiod made. */
  readonly name: string;
  readonly hosts: readonly EnvoyHost[];
}

// envoy/admin/v3/clusters.proto as JSON: 64-bit numbers are strings, and fields that are zero, empty or false are left out.
const count = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]);
const text = z.string().default('');
const flag = z.boolean().default(false);

const address = z.union([
  z
    .looseObject({ socket_address: z.looseObject({ address: z.string(), port_value: z.number().default(0) }) })
    .transform(({ socket_address: { address: ip, port_value: port } }) =>
      ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`,
    ),
  z
    .looseObject({ envoy_internal_address: z.looseObject({ server_listener_name: text, endpoint_id: text }) })
    .transform(({ envoy_internal_address: { server_listener_name: listener, endpoint_id: id } }) =>
      id === '' ? listener : `${listener}/${id}`,
    ),
  z.looseObject({ pipe: z.looseObject({ path: z.string() }) }).transform(({ pipe }) => pipe.path),
]);

const healthStatus = z.looseObject({
  eds_health_status: z.string().default('HEALTHY'),
  failed_outlier_check: flag,
  failed_active_health_check: flag,
  failed_active_degraded_check: flag,
});

const host = z.looseObject({
  address,
  stats: z.array(z.looseObject({ name: z.string(), value: count.default(0) })).default([]),
  health_status: healthStatus.optional(),
  weight: z.number().default(1),
  priority: z.number().default(0),
  locality: z.looseObject({ region: text, zone: text, sub_zone: text }).optional(),
});

const clusters = z.looseObject({
  cluster_statuses: z.array(z.looseObject({ name: z.string(), host_statuses: z.array(host).default([]) })).default([]),
});

/** The answer of Envoy's `/clusters?format=json`: every cluster with the hosts that it balances over. */
export function parseEnvoyClusters(answer: Json): readonly EnvoyCluster[] {
  return parsed(clusters, answer, `Envoy ${envoyClustersPath}`).cluster_statuses.map((cluster) => ({
    name: cluster.name,
    hosts: cluster.host_statuses.map(envoyHost),
  }));
}

function envoyHost(found: z.output<typeof host>): EnvoyHost {
  const health = found.health_status;
  const ejected = health?.failed_outlier_check ?? false;
  const edsHealthy = health === undefined || ['HEALTHY', 'UNKNOWN', 'DEGRADED'].includes(health.eds_health_status);
  return {
    address: found.address,
    healthy: edsHealthy && !ejected && health?.failed_active_health_check !== true,
    ejected,
    weight: found.weight,
    priority: found.priority,
    locality: {
      region: found.locality?.region ?? '',
      zone: found.locality?.zone ?? '',
      subZone: found.locality?.sub_zone ?? '',
    },
    stats: Object.fromEntries(found.stats.map(({ name, value }) => [name, value])),
  };
}

const stats = z.looseObject({
  stats: z.array(
    z.union([z.looseObject({ name: z.string(), value: z.union([count, z.string()]) }), z.looseObject({})]),
  ),
});

/** The answer of Envoy's `/stats?format=json`: counters and gauges by name; histograms and texts are left out. */
export function parseEnvoyStats(answer: Json): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const entry of parsed(stats, answer, `Envoy ${envoyStatsPath}`).stats) {
    if (typeof entry.name === 'string' && typeof entry.value === 'number') found.set(entry.name, entry.value);
  }
  return found;
}

function parsed<T extends z.ZodType>(schema: T, answer: Json, page: string): z.output<T> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const at = result.error.issues[0]?.path.join('.');
  throw new IsthmusError(
    'unexpected-response',
    `the answer of ${page} has a form that this version of Isthmus does not know${at ? ` (at ${at})` : ''}`,
    { remedy: 'check that the Istio version is one that Isthmus supports', cause: result.error },
  );
}
