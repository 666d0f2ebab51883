import { isClusterLocal } from '../rules/cluster-local.ts';
import type { DestinationRule } from '../rules/destination-rule.ts';
import { type MtlsJudge, mtlsJudge } from '../rules/mtls.ts';
import { effectivePolicy, type TrafficPolicy } from '../rules/traffic-policy.ts';
import type { ExcludedEndpoint, Query } from '../values/answer.ts';
import { type Host, type LocalityGroup, maxWeight, parseLocality, sumOfWeights } from '../values/locality-group.ts';
import type { Endpoint, IstiodView, Service, ServicePort, Shard } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';
import { exclude } from './exclusion.ts';
import {
  groupsOf,
  isOfPort,
  type Judged,
  type JudgedShard,
  judgedEndpoints,
  type Rule,
  resolvesByDns,
} from './judged-endpoints.ts';

/** All that decides about the endpoints of one cluster of one client. */
export interface EnvoyClusterRequest {
  readonly view: IstiodView;
  readonly client: ProxyClient;
  readonly service: Service;
  readonly port: ServicePort;
  readonly subset: string;
  readonly mode: Query['mode'];
  readonly rule: DestinationRule | undefined;
  readonly policy: TrafficPolicy | undefined;
  readonly judge: MtlsJudge;
}

/** A host together with the endpoint that it was made of. */
export interface Candidate {
  readonly endpoint: Endpoint;
  readonly host: Host;
}

/** The candidates of one raw locality label. */
export interface CandidateGroup {
  readonly label: string;
  readonly candidates: readonly Candidate[];
}

export function envoyClusterRequest(base: Omit<EnvoyClusterRequest, 'policy' | 'judge'>): EnvoyClusterRequest {
  const { view, rule, port, subset } = base;
  return {
    ...base,
    policy: rule === undefined ? undefined : effectivePolicy(rule, port.port, subset),
    judge: mtlsJudge(view, rule, { port: port.port, subset }),
  };
}

/** The filters that go by where client and endpoint are, in istiod's order. */
function placeRules({ view, client, service }: EnvoyClusterRequest, confined: boolean): readonly Rule[] {
  const rules: Rule[] = [];
  if (service.nodeLocal) {
    rules.push({
      reason: 'node-local',
      applies: ({ node }) => node !== client.node,
      why: ({ node }) =>
        `it is on node ${node || '(unknown)'} rather than ${client.node || '(unknown)'}, and internalTrafficPolicy of the Service is Local`,
    });
  }
  const { view: networks } = client;
  if (networks !== undefined) {
    rules.push({
      reason: 'network-view',
      applies: ({ network }) => !networks.has(network),
      why: ({ network }) =>
        `it is in network ${network}, and ISTIO_META_REQUESTED_NETWORK_VIEW of the client names only ${[...networks].filter((name) => name !== '').join(', ')}`,
    });
  }
  if (isClusterLocal(view, service.host)) {
    rules.push({
      reason: 'cluster-local',
      applies: ({ cluster }) => cluster !== client.cluster,
      why: ({ cluster }) =>
        `it is in cluster ${cluster || '(unknown)'} rather than ${client.cluster || '(unknown)'}, and ${service.host} is cluster-local (meshConfig.serviceSettings or a default of istiod)`,
    });
  }
  if (confined) {
    rules.push({
      reason: 'mcs-not-exported',
      applies: ({ sameClusterOnly, cluster }) =>
        sameClusterOnly === true && cluster !== client.cluster && cluster !== '' && client.cluster !== '',
      why: ({ cluster }) =>
        `cluster ${cluster} has no ServiceExport ${service.namespace}/${service.name} that lets other clusters use it`,
    });
  }
  return rules;
}

/** Why a whole shard is passed over, or undefined. */
function shardReason(
  { view, client, service }: EnvoyClusterRequest,
  shard: Shard,
): keyof typeof shardExplanations | undefined {
  if (shard.cluster === client.cluster) return undefined;
  if (isClusterLocal(view, service.host)) return 'cluster-local';
  return service.nodeLocal ? 'node-local' : undefined;
}

const shardExplanations = {
  'cluster-local': 'and the host is cluster-local (meshConfig.serviceSettings or a default of istiod)',
  'node-local': 'and internalTrafficPolicy of the Service is Local',
} as const;

/** Takes the endpoints of shards, leaving out those that a client may not use. */
class Sieve {
  readonly kept: Candidate[] = [];
  readonly #request: EnvoyClusterRequest;
  readonly #excluded: ExcludedEndpoint[] | undefined;
  readonly #placeRules: readonly Rule[];

  constructor(request: EnvoyClusterRequest, rules: readonly Rule[], excluded: ExcludedEndpoint[] | undefined) {
    this.#request = request;
    this.#excluded = excluded;
    this.#placeRules = rules;
  }

  take({ shard, judged, strangers }: JudgedShard): void {
    const skipped = resolvesByDns(this.#request.service) ? undefined : shardReason(this.#request, shard);
    if (this.#excluded !== undefined) this.#excludeOthers(shard, strangers, this.#excluded);
    for (const one of judged) {
      if (skipped === undefined) this.#sift(one);
      else this.#skip(one.endpoint, shard, skipped);
    }
  }

  #excludeOthers(shard: Shard, strangers: readonly Endpoint[], excluded: ExcludedEndpoint[]): void {
    const { service } = this.#request;
    for (const { endpoint, reason } of shard.dropped) {
      if (isOfPort(endpoint, this.#request)) excluded.push(exclude(endpoint, reason, dropReasons[reason]));
    }
    const names = service.ports.map(({ name }) => `"${name}"`).join(', ');
    const owner = `Service ${service.namespace}/${service.name} of cluster ${service.definedIn}`;
    for (const endpoint of strangers) {
      const why = `port name "${endpoint.portName}" of its EndpointSlice is none of ${names}, which ${owner} names`;
      excluded.push(exclude(endpoint, 'wrong-port-name', why));
    }
  }

  #skip(endpoint: Endpoint, shard: Shard, reason: keyof typeof shardExplanations): void {
    const why = `it is in cluster ${shard.cluster} rather than ${this.#request.client.cluster}, ${shardExplanations[reason]}`;
    this.#excluded?.push(exclude(endpoint, reason, why));
  }

  #sift(judged: Judged): void {
    const { endpoint, early, late } = judged;
    const rule = early ?? this.#placeRules.find((one) => one.applies(endpoint)) ?? late;
    if (rule === undefined) this.kept.push(judged);
    else this.#excluded?.push(exclude(endpoint, rule.reason, rule.why(endpoint)));
  }
}

const dropReasons = {
  'pod-not-found': 'its EndpointSlice names a Pod that istiod does not know',
  'not-an-ip': 'its address is no IP address',
} as const;

/**
 * The endpoints that a client may use, by raw locality label in its order (endpoints/endpoint_builder.go). Those left out
 * are added to `excluded`, where it is given.
 */
export function collect(
  request: EnvoyClusterRequest,
  excluded: ExcludedEndpoint[] | undefined,
): readonly CandidateGroup[] {
  const { shards, whole, confined } = judgedEndpoints(request);
  const rules = placeRules(request, confined);
  if (whole !== undefined && rules.length === 0) return whole;
  const sieve = new Sieve(request, rules, excluded);
  for (const shard of shards) sieve.take(shard);
  return groupsOf(sieve.kept);
}

/** The groups as they are where no network has a gateway: sums are clipped rather than wrapped. */
export function flatGroups(groups: readonly CandidateGroup[]): readonly LocalityGroup[] {
  return groups.map(({ label, candidates }) => {
    const hosts = candidates.map(({ host }) => host);
    const sum = hosts.reduce((total, host) => total + host.weight, 0);
    return {
      locality: parseLocality(label),
      priority: 0,
      hosts,
      weight: sum > maxWeight ? maxWeight : sumOfWeights(hosts),
    };
  });
}
