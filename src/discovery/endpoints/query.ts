import { describeRule, destinationRuleFor } from '../rules/destination-rule.ts';
import { managedGatewayLabel, passthroughServers } from '../rules/passthrough-server.ts';
import { dependsOnScope, visibleService } from '../rules/sidecar-scope.ts';
import { subsetOf } from '../rules/traffic-policy.ts';
import type {
  AnswerEndpoint,
  EdsAnswer,
  EffectiveEndpoint,
  EnvoyClusterAnswer,
  ExcludedEndpoint,
  NoAnswerCode,
  Query,
} from '../values/answer.ts';
import { type Host, type Locality, type LocalityGroup, localityText } from '../values/locality-group.ts';
import type { IstiodView, ProxyNode } from '../values/model.ts';
import { type ProxyClient, proxyClientOf } from '../values/proxy-client.ts';
import { ambientReason } from './ambient.ts';
import { assumptionsOf } from './assumption.ts';
import { collect, type EnvoyClusterRequest, envoyClusterRequest } from './eds.ts';
import { effectiveView } from './envoy.ts';
import { envoyClusterAnswer, envoyClusterType, resolvesPerRequest } from './envoy-cluster.ts';
import { resolvesByDns } from './judged-endpoints.ts';
import { balance, effectiveLocalitySetting } from './locality-balance.ts';
import { onlyMutualTls, splitHorizon } from './split-horizon.ts';

type NoAnswer = Extract<EdsAnswer, { outcome: 'None' }>;

function none(code: NoAnswerCode, explanation: string): NoAnswer {
  return { outcome: 'None', code, explanation: `${explanation}.` };
}

function isNone(result: EnvoyClusterRequest | NoAnswer): result is NoAnswer {
  return 'outcome' in result;
}

/** The service, port, rule and subset that a question means, or why istiod makes no such cluster. */
function resolve(view: IstiodView, client: ProxyClient, query: Query): EnvoyClusterRequest | NoAnswer {
  const visible = visibleService(view, { ...client, gatewayScope: query.gatewayScope }, query.host);
  if (visible.found === undefined) return none(visible.code, visible.why);
  const { service, ports } = visible.found;
  const port = ports.find((candidate) => candidate.port === query.port && candidate.protocol !== 'UDP');
  if (port === undefined) {
    const known = ports.map((candidate) => `${candidate.port} (${candidate.name || 'no name'})`).join(', ');
    const owner = `Service ${service.namespace}/${service.name} of cluster ${service.definedIn}`;
    return none('no-such-port', `${owner} has no port ${query.port} for TCP, only ${known || 'none'}`);
  }
  const rule = destinationRuleFor(view, client, service);
  if (query.subset !== '' && subsetOf(rule, query.subset) === undefined) {
    const owner = rule === undefined ? `No DestinationRule for ${query.host}` : describeRule(rule);
    const has = rule === undefined ? 'reaches the client' : `has no subset ${query.subset}`;
    return none('subset-missing', `${owner} ${has}, so that there is no cluster for subset ${query.subset}`);
  }
  return envoyClusterRequest({ view, client, service, port, subset: query.subset, mode: query.mode, rule });
}

/** Why a proxy has no cluster of its own for a server name, or undefined. Gateways of the Gateway API are taken to have. */
function notPassing({ view, client, mode }: EnvoyClusterRequest): NoAnswer | undefined {
  if (mode === 'outbound' || client.labels[managedGatewayLabel] !== undefined) return undefined;
  if (passthroughServers(view, client).length > 0) return undefined;
  const why = `No Gateway of cluster ${view.istiod.cluster} with a server in tls.mode AUTO_PASSTHROUGH selects the proxy`;
  return none('no-passthrough-server', why);
}

/**
 * Without a host for Envoy to resolve there is no cluster, nor one for a subset where the whole host has none
 * (cluster_builder.go, buildCluster and buildSubsetCluster).
 */
function hasDnsHosts(request: EnvoyClusterRequest, type: EnvoyClusterAnswer['type']): boolean {
  if (!resolvesByDns(request.service)) return true;
  const isFilled = (one: EnvoyClusterRequest): boolean => collect(one, undefined).length > 0;
  const isWholeFilled = isFilled(request.subset === '' ? request : envoyClusterRequest({ ...request, subset: '' }));
  return isWholeFilled && (request.subset === '' || type === 'ORIGINAL_DST' || isFilled(request));
}

/** Protocols whose requests name the host. */
const namingProtocols: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'GRPC', 'TLS']);

/** Why there is no cluster that resolves each request's name. */
function notPerRequest({ subset, mode, port }: EnvoyClusterRequest): string | undefined {
  if (subset !== '') return 'which has no clusters for subsets';
  if (mode === 'sni-dnat' || namingProtocols.has(port.protocol)) return undefined;
  return `which has no cluster for protocol ${port.protocol}`;
}

/** Why a cluster has no endpoints from istiod's EDS, or undefined. */
function notEds(request: EnvoyClusterRequest, type: EnvoyClusterAnswer['type']): NoAnswer | undefined {
  const { service, mode, client } = request;
  if (service.resolution === 'Alias') {
    return none(
      'not-eds',
      `Service ${service.namespace}/${service.name} is an alias (ExternalName): it has no cluster of its own`,
    );
  }
  if (mode === 'sni-dnat' && service.meshExternal) {
    return none('not-eds', `${service.host} is outside the mesh, for which gateways get no passthrough cluster`);
  }
  if (resolvesPerRequest(request)) {
    const why = notPerRequest(request);
    if (why !== undefined) return none('not-eds', `${service.host} is of resolution DYNAMIC_DNS, ${why}`);
  }
  if (!hasDnsHosts(request, type)) {
    const why = `${service.host} is resolved by DNS, and none of its endpoints is for the client, so that istiod makes no cluster`;
    return none('no-dns-hosts', why);
  }
  if (type === 'EDS') return undefined;
  const kind =
    service.resolution === 'Passthrough' ? 'headless or without resolution' : `of resolution ${service.resolution}`;
  const means = `${type} for a ${client.type}: Envoy finds the hosts without istiod's endpoints`;
  const why = `${service.host} is ${kind}, or its load balancer is PASSTHROUGH; its cluster is ${means}`;
  return { ...none('not-eds', why), type };
}

interface Shape {
  readonly envoyCluster: EnvoyClusterAnswer;
  readonly mode: Query['mode'];
}

/** Whether Envoy speaks mutual TLS to the host; a gateway's own cluster passes the client's through. */
function isMutual(host: Host, { envoyCluster, mode }: Shape): boolean {
  if (mode === 'sni-dnat' || envoyCluster.tls === 'Auto') return host.tlsMode === 'istio';
  return envoyCluster.tls === 'Istio' || envoyCluster.tls === 'Mutual';
}

function answerEndpoint(
  host: Host,
  place: { readonly locality: string; readonly priority: number },
  shape: Shape,
): AnswerEndpoint {
  const mtls = isMutual(host, shape);
  const { envoyCluster, mode } = shape;
  const hasSni = mtls || envoyCluster.tls === 'Simple';
  return {
    address: host.address,
    weight: host.weight,
    priority: place.priority,
    locality: place.locality,
    network: host.network,
    cluster: host.cluster,
    via: host.via,
    mtls,
    tlsMode: host.tlsMode,
    sni: mode === 'sni-dnat' ? envoyCluster.name : hasSni ? envoyCluster.sni : null,
    health: host.health,
  };
}

function answerEndpoints(groups: readonly LocalityGroup[], shape: Shape): readonly AnswerEndpoint[] {
  return groups.flatMap(({ hosts, priority, locality }) => {
    const place = { locality: localityText(locality), priority };
    return hosts.map((host) => answerEndpoint(host, place, shape));
  });
}

function duplicate(host: Host, locality: Locality, kept: Locality): ExcludedEndpoint {
  const where = (place: Locality): string => localityText(place) || '(none)';
  const explanation = `${host.address}: istiod sends it for locality ${where(locality)} too, but Envoy keeps an address once, here that of locality ${where(kept)}, and drops the weight and priority of the rest.`;
  return { address: host.address, cluster: host.cluster, reason: 'envoy-duplicate', explanation };
}

function refusal({ address, cluster }: Host): ExcludedEndpoint {
  const explanation = `An endpoint has no IP address but only port ${address.slice(1)}, and no gateway stands in for it: Envoy refuses it and all that istiod sends with it, the endpoints of other services too.`;
  return { address, cluster, reason: 'envoy-refused', explanation };
}

/** The groups as Envoy sees them once it has put hosts aside. */
function withEjected(groups: readonly LocalityGroup[], { ejected }: Query): readonly LocalityGroup[] {
  if (ejected === undefined || ejected.size === 0) return groups;
  const judged = (host: Host): Host => (ejected.has(host.address) ? { ...host, health: 'UNHEALTHY' } : host);
  return groups.map((group) => ({ ...group, hosts: group.hosts.map(judged) }));
}

function effective(
  groups: readonly LocalityGroup[],
  shape: Shape,
  excluded: ExcludedEndpoint[],
): readonly EffectiveEndpoint[] {
  const seen = effectiveView(groups, shape.envoyCluster.localityWeighted);
  if (seen.refused !== undefined) excluded.push(refusal(seen.refused));
  for (const { host, locality, kept } of seen.duplicates) excluded.push(duplicate(host, locality, kept));
  return seen.hosts.map(({ host, locality, priority, share }) => ({
    ...answerEndpoint(host, { locality: localityText(locality), priority }, shape),
    share,
  }));
}

/** What a proxy gets from its istiod for one cluster, what Envoy makes of it, and why the rest is left out. */
export function answer(view: IstiodView, proxy: ProxyNode, query: Query): EdsAnswer {
  const client = proxyClientOf(view, proxy);
  const request = resolve(view, client, query);
  if (isNone(request)) return request;
  const type = envoyClusterType(request);
  const missing = notPassing(request) ?? notEds(request, type);
  if (missing !== undefined) return missing;
  const excluded: ExcludedEndpoint[] = [];
  const candidates = collect(request, query.brief === true ? undefined : excluded);
  const ambient = ambientReason(request, candidates);
  if (ambient !== undefined) return none('ambient-not-modelled', ambient);
  const split = splitHorizon(request, candidates, excluded);
  const reachable = query.mode === 'sni-dnat' ? onlyMutualTls(split, excluded) : split;
  const setting = effectiveLocalitySetting(view, request.service, request.policy);
  const hasOutlierDetection = request.policy?.outlierDetection !== undefined;
  const groups = balance(reachable, { client, setting, hasOutlierDetection }, excluded);
  const envoyCluster = envoyClusterAnswer(request, type, setting);
  const shape = { envoyCluster, mode: query.mode };
  const hosts = effective(withEjected(groups, query), shape, excluded);
  const answered = { outcome: 'Answer', envoyCluster, effective: hosts } as const;
  if (query.brief === true) return { ...answered, endpoints: [], excluded: [], assumptions: [] };
  const assumptions = assumptionsOf({ request, envoyCluster, setting, groups });
  return { ...answered, endpoints: answerEndpoints(groups, shape), excluded, assumptions };
}

/** All answers that istiod may give: two where it depends on which proxies it served before (GatewayScope). */
export function possibleAnswers(view: IstiodView, proxy: ProxyNode, query: Query): readonly EdsAnswer[] {
  const first = answer(view, proxy, query);
  if (!dependsOnScope(view, proxyClientOf(view, proxy), query.host)) return [first];
  return [first, answer(view, proxy, { ...query, gatewayScope: 'shared' })];
}
