import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { waitUntil } from '../cluster/api.ts';
import { endProcess, startBackground } from '../process/background.ts';
import type { ProxyNode } from './proxy-node.ts';
import { startSecretServer } from './secret-server.ts';
import { envoyAddress, envoyCommand, keyFiles, type OracleSite } from './site.ts';

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
  readonly node: ProxyNode;
  /** HOST:PORT of istiod's plaintext discovery service. */
  readonly discovery: string;
  /** Which of the addresses is its own. */
  readonly place: number;
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

/** No listeners: what Envoy makes of clusters needs none, and many Envoys can run beside each other. */
function bootstrap({ node, discovery, site, place }: EnvoyStart, secrets: string): object {
  const [host, port] = discovery.split(':');
  const { id, metadata, region, zone, subZone } = node;
  return {
    node: { id, cluster: 'oracle', metadata, locality: { region, zone, sub_zone: subZone } },
    admin: { address: { socket_address: { address: envoyAddress(site, place), port_value: adminPort } } },
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
    },
  };
}

/** A cluster whose names nobody resolves keeps Envoy from being live for as long as it tries. */
const patienceMs = 60_000;

/** The hosts of every cluster that a real Envoy gets from istiod: it is started, asked when all are ready, and ended. */
export async function envoyHosts(start: EnvoyStart): Promise<ReadonlyMap<string, readonly EnvoyHost[]>> {
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
  const admin = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://${envoyAddress(site, place)}:${adminPort}${path}`, {
      signal: AbortSignal.timeout(10_000),
    });
    return await answer.json();
  };
  try {
    const wait = { cluster: site.name, timeoutMs: patienceMs, what: 'Envoy was not live', hint: `see ${logFile}` };
    await waitUntil(wait, async () => infoSchema.parse(await admin('/server_info')).state === 'LIVE');
    const { cluster_statuses: clusters } = clustersSchema.parse(await admin('/clusters?format=json'));
    return new Map(clusters.map(({ name, host_statuses: hosts }) => [name, hosts.map(hostOf)]));
  } finally {
    await endProcess(envoy, 0);
    server.close();
  }
}
