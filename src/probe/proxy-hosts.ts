import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import type { ProxyHost, TargetEvidence } from './protocol.ts';

/** Which Service's endpoints to pick out of the sidecar's answer. */
export interface ProxyService {
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
}

export interface ProxyCluster {
  /** The full host name, e.g. `only-east.ns.svc.cluster.local`, that the gateway's SNI is made of. */
  readonly host: string;
  readonly hosts: readonly ProxyHost[];
}

/**
 * The sidecar's endpoints of a Service, from Envoy's `/clusters?format=json` (envoy/admin/v3/clusters.proto).
 * Undefined where the sidecar has no cluster for it. Istio names it `outbound|PORT||HOST`
 * (pilot/pkg/model/push_context.go, BuildSubsetKey).
 */
export function proxyCluster(answer: Json, wanted: ProxyService): ProxyCluster | undefined {
  const prefix = `outbound|${wanted.port}||${wanted.service}.${wanted.namespace}.svc.`;
  const found = objectsAt(answer, ['cluster_statuses']).find(
    (status) => typeof status.name === 'string' && status.name.startsWith(prefix),
  );
  if (found === undefined) return undefined;
  return {
    host: String(found.name).split('||')[1] ?? '',
    hosts: objectsAt(found, ['host_statuses']).flatMap(hostOf),
  };
}

/** What the evidence says of the sidecar. */
export function proxyEvidence(cluster: ProxyCluster | undefined): TargetEvidence['proxy'] {
  return cluster === undefined ? { state: 'Missing' } : { state: 'Known', hosts: [...cluster.hosts] };
}

function hostOf(status: JsonObject): ProxyHost[] {
  const address = valueAt(status, ['address', 'socket_address', 'address']);
  const port = valueAt(status, ['address', 'socket_address', 'port_value']);
  if (typeof address !== 'string' || typeof port !== 'number') return [];
  const counts = new Map(objectsAt(status, ['stats']).map((stat) => [stat.name, whole(stat.value)]));
  const count = (name: string): number => counts.get(name) ?? 0;
  return [
    {
      address,
      port,
      healthy: isHealthy(status.health_status),
      priority: whole(status.priority),
      weight: whole(status.weight),
      requests: count('rq_total'),
      successes: count('rq_success'),
      errors: count('rq_error'),
      connectFailures: count('cx_connect_fail'),
    },
  ];
}

/** Envoy leaves out what is false; any `failed_…` that is true makes the host unhealthy. */
function isHealthy(status: Json | undefined): boolean {
  if (!isJsonObject(status)) return true;
  const eds = status.eds_health_status;
  if (eds !== undefined && eds !== 'HEALTHY' && eds !== 'UNKNOWN') return false;
  return !Object.entries(status).some(([key, value]) => key.startsWith('failed_') && value === true);
}

/** Envoy writes 64-bit numbers as strings and leaves zeros out. */
function whole(value: Json | undefined): number {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) ? number : 0;
}

function objectsAt(value: Json, path: readonly string[]): JsonObject[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
