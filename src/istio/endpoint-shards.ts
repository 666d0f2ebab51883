import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import { parseJson } from '../base/parse-json.ts';

/** istiod's own index of endpoints, by service, namespace and the cluster that each came from. */
export const endpointShardsPath = '/debug/endpointShardz';

// pilot/pkg/model/endpointshards.go: the key of a shard is `PROVIDER/CLUSTER`.
const shards = z.record(
  z.string(),
  z.record(z.string(), z.looseObject({ Shards: z.record(z.string(), z.array(z.unknown()).nullable()).nullish() })),
);

/** The services of which an istiod still knows endpoints in a cluster; the answer of `/debug/endpointShardz`. */
export function servicesWithEndpointsIn(cluster: string, answer: string): readonly string[] {
  return Object.entries(parsed(shards, answer, endpointShardsPath))
    .filter(([, namespaces]) => Object.values(namespaces).some(({ Shards }) => hasEndpoints(Shards ?? {}, cluster)))
    .map(([service]) => service);
}

/** One endpoint of a cluster, as an istiod holds it. */
export interface HeldEndpoint {
  /** The name and the namespace of its service. */
  readonly service: string;
  readonly addresses: readonly string[];
  readonly port: number;
  /** What istiod has it from: `Kubernetes` for the Services of a cluster. */
  readonly registry: string;
}

// pilot/pkg/model/service.go, IstioEndpoint; versions before 1.25 have one address.
const endpoint = z.looseObject({
  Address: z.string().optional(),
  Addresses: z.array(z.string()).nullish(),
  EndpointPort: z.number().default(0),
});

/** Every endpoint that an istiod holds, by the cluster that it is in; the answer of `/debug/endpointShardz`. */
export function endpointsByCluster(answer: string): ReadonlyMap<string, readonly HeldEndpoint[]> {
  const held = new Map<string, HeldEndpoint[]>();
  for (const [host, namespaces] of Object.entries(parsed(shards, answer, endpointShardsPath))) {
    for (const [namespace, { Shards }] of Object.entries(namespaces)) {
      for (const [key, found] of Object.entries(Shards ?? {})) {
        const cluster = clusterOfShard(key);
        const registry = key.slice(0, key.length - cluster.length - 1);
        const list = held.get(cluster) ?? [];
        held.set(cluster, list);
        for (const one of found ?? []) list.push(heldEndpoint({ service: `${namespace}/${host}`, registry }, one));
      }
    }
  }
  return held;
}

function heldEndpoint(of: Pick<HeldEndpoint, 'service' | 'registry'>, found: unknown): HeldEndpoint {
  const { Address, Addresses, EndpointPort: port } = endpoint.parse(found);
  return { ...of, addresses: Addresses ?? (Address === undefined ? [] : [Address]), port };
}

/** The gateways by which an istiod reaches other networks (pilot/pkg/xds/debug.go, networkz). */
export const networkGatewaysPath = '/debug/networkz';

const gateways = z
  .array(z.looseObject({ Cluster: z.string().default(''), Addr: z.string(), Port: z.number().default(0) }))
  .nullable();

/** The gateways that an istiod knows by a cluster, as `address:port`; the answer of `/debug/networkz`. */
export function gatewaysIn(cluster: string, answer: string): readonly string[] {
  return (parsed(gateways, answer, networkGatewaysPath) ?? [])
    .filter(({ Cluster }) => Cluster === cluster)
    .map(({ Addr, Port }) => `${Addr}:${Port}`);
}

function parsed<T extends z.ZodType>(schema: T, answer: string, page: string): z.output<T> {
  const result = schema.safeParse(parseJson(answer));
  if (result.success) return result.data;
  throw new IsthmusError(
    'unexpected-response',
    `the answer of istiod ${page} has a form that this version of Isthmus does not know`,
    { remedy: 'check that the Istio version is one that Isthmus supports', cause: result.error },
  );
}

function clusterOfShard(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

function hasEndpoints(found: Readonly<Record<string, readonly unknown[] | null>>, cluster: string): boolean {
  return Object.entries(found).some(
    ([key, endpoints]) => clusterOfShard(key) === cluster && (endpoints ?? []).length > 0,
  );
}
