import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { isJsonObject, type Json, valueAt } from '../../../src/base/json.ts';
import { waitUntil } from '../cluster/api.ts';
import { endProcess, startBackground } from '../process/background.ts';
import { startSecretServer } from './secret-server.ts';
import { envoyAddress, envoyCommand, keyFiles, type OracleSite } from './site.ts';
import type { XdsNode } from './xds-node.ts';

/** One host of a cluster, as Envoy itself has it. */
export interface EnvoyHost {
  /** `ip:port`, IPv6 in brackets. */
  readonly address: string;
  readonly priority: number;
  readonly weight: number;
  /** `region/zone/subzone`, without trailing slashes. */
  readonly locality: string;
  readonly health: 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'DEGRADED' | 'UNKNOWN';
}

export interface EnvoyStart {
  readonly site: OracleSite;
  readonly node: XdsNode;
  /** HOST:PORT of istiod's plaintext discovery service. */
  readonly discovery: string;
  /** Which of the addresses is its own. */
  readonly place: number;
  /** Ports of which it takes requests as the application's. */
  readonly ports?: readonly number[];
}

/** A request of the application. */
export interface SentRequest {
  readonly port: number;
  /** The header of that name. */
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface EnvoyRoute {
  readonly status: number;
  /** Where Envoy sent the request; '' where it sent it nowhere. */
  readonly cluster: string;
}

export interface EnvoyRouting {
  /** One for each request. */
  readonly routes: readonly EnvoyRoute[];
  /** Every split by weight among the routes: percent by cluster. */
  readonly splits: readonly Readonly<Record<string, number>>[];
}

const adminPort = 15000;

const hostSchema = z.object({
  address: z.object({
    socket_address: z.object({ address: z.string(), port_value: z.number() }).optional(),
    pipe: z.object({ path: z.string() }).optional(),
  }),
  health_status: z.object({
    eds_health_status: z.enum(['HEALTHY', 'UNHEALTHY', 'DRAINING', 'DEGRADED', 'UNKNOWN']).default('UNKNOWN'),
  }),
  weight: z.number().default(1),
  priority: z.number().default(0),
  locality: z
    .object({ region: z.string().default(''), zone: z.string().default(''), sub_zone: z.string().default('') })
    .default({ region: '', zone: '', sub_zone: '' }),
});
const clustersSchema = z.object({
  cluster_statuses: z.array(z.object({ name: z.string(), host_statuses: z.array(hostSchema).default([]) })),
});
const splitSchema = z.object({
  weighted_clusters: z.object({ clusters: z.array(z.object({ name: z.string(), weight: z.number().default(0) })) }),
});
const infoSchema = z.object({ state: z.string() });

type WireHost = z.infer<typeof hostSchema>;

function hostOf({ address, health_status, weight, priority, locality }: WireHost): EnvoyHost {
  const { address: ip, port_value: port } = address.socket_address ?? { address: '', port_value: 0 };
  const at = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
  return {
    address: address.pipe === undefined ? at : `pipe:${address.pipe.path}`,
    priority,
    weight,
    locality: [locality.region, locality.zone, locality.sub_zone].join('/').replace(/\/+$/, ''),
    health: health_status.eds_health_status,
  };
}

/** A cluster of Envoy's own configuration that speaks HTTP/2. */
function grpcCluster(name: string, address: object): object {
  const http2 = {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  };
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2 },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

const manager = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const router = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';

/**
 * A listener that routes as a sidecar does what its application sends to that port. Nothing answers behind it, so that
 * every answer is Envoy's own, and says which cluster was chosen.
 */
function routingListener(address: string, port: number): object {
  const routes = { config_source: { ads: {}, resource_api_version: 'V3' }, route_config_name: String(port) };
  const filter = {
    name: 'http',
    typed_config: {
      '@type': manager,
      stat_prefix: 'http',
      rds: routes,
      http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': router } }],
      local_reply_config: { body_format: { text_format_source: { inline_string: '%UPSTREAM_CLUSTER_RAW%' } } },
    },
  };
  return {
    name: String(port),
    address: { socket_address: { address, port_value: port } },
    filter_chains: [{ filters: [filter] }],
  };
}

/** Listeners for routes alone: what Envoy makes of clusters needs none, and many Envoys can run beside each other. */
function bootstrap({ node, discovery, site, place, ports = [] }: EnvoyStart, secrets: string): object {
  const [host, port] = discovery.split(':');
  const { id, metadata, region, zone, subZone } = node;
  const address = envoyAddress(site, place);
  return {
    node: { id, cluster: 'oracle', metadata, locality: { region, zone, sub_zone: subZone } },
    admin: { address: { socket_address: { address, port_value: adminPort } } },
    // From a loopback address no connection leaves the machine: real hosts may have the addresses of a made-up mesh.
    cluster_manager: { upstream_bind_config: { source_address: { address, port_value: 0 } } },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
    },
    static_resources: {
      clusters: [
        grpcCluster('xds-grpc', { socket_address: { address: host, port_value: Number(port) } }),
        grpcCluster('sds-grpc', { pipe: { path: secrets } }),
      ],
      listeners: ports.map((one) => routingListener(address, one)),
    },
  };
}

/** What Envoy's admin interface answers for a path. */
type Admin = (path: string) => Promise<unknown>;

/** Starts an Envoy, gives it to `use` when all that istiod sends it is ready, and ends it. */
async function withEnvoy<T>(start: EnvoyStart, use: (admin: Admin) => Promise<T>): Promise<T> {
  const { site, place } = start;
  const folder = join(site.folder, 'envoys', String(place));
  mkdirSync(folder, { recursive: true });
  const secrets = join(folder, 'secrets.sock');
  const file = join(folder, 'bootstrap.json');
  const logFile = join(site.logs, `envoy-${place}.log`);
  writeFileSync(file, JSON.stringify(bootstrap(start, secrets)));
  const read = (name: keyof typeof keyFiles): string => readFileSync(join(site.folder, keyFiles[name]), 'utf8');
  const keys = { authority: read('authority'), certificate: read('certificate'), key: read('key') };
  const server = await startSecretServer(secrets, keys);
  const envoy = startBackground({ command: envoyCommand(site, file), logFile, group: site.group, cwd: folder });
  const admin: Admin = async (path) => {
    const answer = await fetch(`http://${envoyAddress(site, place)}:${adminPort}${path}`, {
      signal: AbortSignal.timeout(10_000),
    });
    return await answer.json();
  };
  try {
    // A cluster whose names nobody resolves keeps Envoy from being live for as long as it tries.
    const programs = [{ pid: envoy.pid, logFile }];
    const wait = { cluster: site.name, programs, what: 'Envoy was not live', remedy: `see ${logFile}` };
    await waitUntil(wait, async () => infoSchema.parse(await admin('/server_info')).state === 'LIVE');
    return await use(admin);
  } finally {
    await endProcess(envoy, 0);
    server.close();
  }
}

/** The hosts of every cluster that a real Envoy gets from istiod. */
export async function envoyHosts(start: EnvoyStart): Promise<ReadonlyMap<string, readonly EnvoyHost[]>> {
  return await withEnvoy(start, async (admin) => {
    const { cluster_statuses: clusters } = clustersSchema.parse(await admin('/clusters?format=json'));
    return new Map(clusters.map(({ name, host_statuses: hosts }) => [name, hosts.map(hostOf)]));
  });
}

async function send(address: string, { port, host, method, path, headers }: SentRequest): Promise<EnvoyRoute> {
  const sent = { ...headers, host };
  return await new Promise<EnvoyRoute>((resolve, reject) => {
    const call = request({ host: address, port, method, path, headers: sent, timeout: 10_000 }, (answer) => {
      text(answer).then(
        (body) => resolve({ status: answer.statusCode ?? 0, cluster: body === '-' ? '' : body }),
        reject,
      );
    });
    call.on('timeout', () => call.destroy(new Error('Envoy did not answer within 10 s')));
    call.on('error', reject);
    call.end();
  });
}

/** Where a real Envoy sends these requests of its application, by the routes that istiod gives it. */
export async function envoyRoutes(
  start: Omit<EnvoyStart, 'ports'>,
  requests: readonly SentRequest[],
): Promise<EnvoyRouting> {
  const ports = [...new Set(requests.map(({ port }) => port))];
  return await withEnvoy({ ...start, ports }, async (admin) => {
    const address = envoyAddress(start.site, start.place);
    const routes: EnvoyRoute[] = [];
    for (const one of requests) routes.push(await send(address, one));
    // Asked for the routes alone, an Envoy that has none answers with an error.
    const dump = await admin('/config_dump');
    return { routes, splits: splitsIn(routesOf(dump as Json)) };
  });
}

/** What of a dump istiod gave as routes. */
function routesOf(dump: Json): Json | undefined {
  const parts = valueAt(dump, ['configs']);
  return Array.isArray(parts)
    ? parts.filter((part: Json) => valueAt(part, ['dynamic_route_configs']) !== undefined)
    : [];
}

/** Every split by weight in a dump, each as percent by cluster. */
function splitsIn(value: Json | undefined): readonly Readonly<Record<string, number>>[] {
  if (Array.isArray(value)) return value.flatMap(splitsIn);
  if (!isJsonObject(value)) return [];
  const found = splitSchema.safeParse(value);
  if (!found.success) return Object.values(value).flatMap(splitsIn);
  const { clusters } = found.data.weighted_clusters;
  const total = clusters.reduce((sum, { weight }) => sum + weight, 0);
  const split: Record<string, number> = {};
  for (const { name, weight } of clusters) split[name] = (split[name] ?? 0) + (100 * weight) / total;
  return [split];
}
