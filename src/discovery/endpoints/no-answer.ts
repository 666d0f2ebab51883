import { managedGatewayLabel, mergedGateway } from '../rules/merged-gateway.ts';
import type { EdsAnswer, EnvoyClusterAnswer, NoAnswerCode } from '../values/answer.ts';
import { collect } from './eds.ts';
import { resolvesPerRequest } from './envoy-cluster.ts';
import { type EnvoyClusterRequest, envoyClusterRequest, resolvesByDns } from './envoy-cluster-request.ts';

export type NoAnswer = Extract<EdsAnswer, { outcome: 'None' }>;

export function none(code: NoAnswerCode, explanation: string): NoAnswer {
  return { outcome: 'None', code, explanation: `${explanation}.` };
}

/** Why a proxy has no cluster of its own for a server name, or undefined. Gateways of the Gateway API are taken to have. */
export function notPassing({ view, client, mode }: EnvoyClusterRequest): NoAnswer | undefined {
  if (mode === 'outbound' || client.labels[managedGatewayLabel] !== undefined) return undefined;
  if (mergedGateway(view, client).passesThrough) return undefined;
  const why = `No Gateway of cluster ${view.istiod.cluster} with a server in tls.mode AUTO_PASSTHROUGH selects the proxy`;
  return none('no-passthrough-server', why);
}

/** Why a cluster has no endpoints from istiod's EDS, or undefined. */
export function notEds(request: EnvoyClusterRequest, type: EnvoyClusterAnswer['type']): NoAnswer | undefined {
  const { service, mode, client } = request;
  const { host, resolution } = service;
  if (resolution === 'Alias') {
    const why = `Service ${service.namespace}/${service.name} is an alias (ExternalName): it has no cluster of its own`;
    return none('not-eds', why);
  }
  if (mode === 'sni-dnat' && service.meshExternal) {
    return none('not-eds', `${host} is outside the mesh, for which gateways get no passthrough cluster`);
  }
  const notPerRequest = resolvesPerRequest(request) ? whyNotPerRequest(request) : undefined;
  if (notPerRequest !== undefined) return none('not-eds', `${host} is of resolution DYNAMIC_DNS, ${notPerRequest}`);
  if (!hasDnsHosts(request, type)) {
    const why = `${host} is resolved by DNS, and none of its endpoints is for the client, so that istiod makes no cluster`;
    return none('no-dns-hosts', why);
  }
  if (type === 'EDS') return undefined;
  const kind = resolution === 'Passthrough' ? 'headless or without resolution' : `of resolution ${resolution}`;
  const means = `${type} for a ${client.type}: Envoy finds the hosts without istiod's endpoints`;
  // The name table leaves pods of other networks out, and ORIGINAL_DST takes no gateway (pkg/dns/server/name_table.go).
  const isHeadless = service.provider === 'Kubernetes' && resolution === 'Passthrough';
  const certain = isHeadless ? '. Pods of other networks do not answer: no gateway is on the way' : '';
  return {
    ...none('not-eds', `${host} is ${kind}, or its load balancer is PASSTHROUGH; its cluster is ${means}${certain}`),
    type,
  };
}

/** Why there is no cluster that resolves each request's name. */
function whyNotPerRequest({ subset, mode, port }: EnvoyClusterRequest): string | undefined {
  if (subset !== '') return 'which has no clusters for subsets';
  if (mode === 'sni-dnat' || namingProtocols.has(port.protocol)) return undefined;
  return `which has no cluster for protocol ${port.protocol}`;
}

/** Protocols whose requests name the host. */
const namingProtocols: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'GRPC', 'TLS']);

/**
 * Without a host for Envoy to resolve there is no cluster, nor one for a subset where the whole host has none
 * (cluster_builder.go, buildCluster and buildSubsetCluster).
 */
function hasDnsHosts(request: EnvoyClusterRequest, type: EnvoyClusterAnswer['type']): boolean {
  if (!resolvesByDns(request.service)) return true;
  const isFilled = (one: EnvoyClusterRequest): boolean => collect(one).groups.length > 0;
  const isWholeFilled = isFilled(request.subset === '' ? request : envoyClusterRequest({ ...request, subset: '' }));
  return isWholeFilled && (request.subset === '' || type === 'ORIGINAL_DST' || isFilled(request));
}
