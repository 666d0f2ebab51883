import { isClusterLocal } from '../rules/cluster-local.ts';
import { type LocalityGroup, maxWeight, parseLocality, sumOfWeights } from '../values/locality-group.ts';
import type { Shard } from '../values/model.ts';
import { placeRules, type Rule } from './endpoint-rules.ts';
import { type EnvoyClusterRequest, resolvesByDns } from './envoy-cluster-request.ts';
import { type Exclusion, exclude } from './exclusion.ts';
import { type Candidate, type CandidateGroup, groupsOf, judgedEndpoints } from './judged-endpoints.ts';

/** The endpoints that a client may use, by raw locality label in its order, and those that it may not. */
export interface Collected {
  readonly groups: readonly CandidateGroup[];
  readonly excluded: readonly Exclusion[];
}

/** istiod's filters on the endpoints of a cluster (endpoints/endpoint_builder.go). */
export function collect(request: EnvoyClusterRequest): Collected {
  const { shards, whole, confined } = judgedEndpoints(request);
  const rules = placeRules(request, confined);
  if (whole !== undefined && rules.length === 0) return { groups: whole, excluded: [] };
  const kept: Candidate[] = [];
  const excluded: Exclusion[] = [];
  for (const { shard, judged, excluded: before } of shards) {
    excluded.push(...before);
    const ofShard = shardRule(request, shard);
    for (const candidate of judged) {
      const { endpoint, early, late } = candidate;
      const rule = ofShard ?? early ?? rules.find((one) => one.applies(endpoint)) ?? late;
      if (rule === undefined) kept.push(candidate);
      else excluded.push(() => exclude(endpoint, rule.reason, rule.why(endpoint)));
    }
  }
  return { groups: groupsOf(kept), excluded };
}

/** The rule by which a whole shard is passed over; clusters that Envoy resolves by DNS have none. */
function shardRule({ view, client, service }: EnvoyClusterRequest, { cluster }: Shard): Rule | undefined {
  if (resolvesByDns(service) || cluster === client.cluster) return undefined;
  const where = `it is in cluster ${cluster} rather than ${client.cluster}`;
  if (isClusterLocal(view, service.host)) {
    const why = `${where}, and the host is cluster-local (meshConfig.serviceSettings or a default of istiod)`;
    return { reason: 'cluster-local', applies: () => true, why: () => why };
  }
  if (!service.nodeLocal) return undefined;
  const why = `${where}, and internalTrafficPolicy of the Service is Local`;
  return { reason: 'node-local', applies: () => true, why: () => why };
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
