import { describeRule, destinationRuleFor } from '../rules/destination-rule.ts';
import { dependsOnScope, visibleService } from '../rules/sidecar-scope.ts';
import { subsetOf } from '../rules/traffic-policy.ts';
import type { EdsAnswer, Query } from '../values/answer.ts';
import type { IstiodView, ProxyNode } from '../values/model.ts';
import { type ProxyClient, proxyClientOf } from '../values/proxy-client.ts';
import { ambientReason } from './ambient.ts';
import { assumptionsOf } from './assumption.ts';
import { collect } from './eds.ts';
import { answerEndpoints, effectiveEndpoints } from './effective.ts';
import { envoyClusterAnswer, envoyClusterType } from './envoy-cluster.ts';
import { type EnvoyClusterRequest, envoyClusterRequest } from './envoy-cluster-request.ts';
import { followedBy } from './exclusion.ts';
import { balance } from './locality-balance.ts';
import { effectiveLocalitySetting } from './locality-setting.ts';
import { type NoAnswer, none, notEds, notPassing } from './no-answer.ts';
import { onlyMutualTls, splitHorizon } from './split-horizon.ts';

/** This folder answers what one proxy gets for one of Envoy's clusters: istiod's steps in order, then Envoy's. */

/** What a proxy gets from its istiod for one of its clusters, what Envoy makes of it, and why the rest is left out. */
export function answer(view: IstiodView, proxy: ProxyNode, query: Query): EdsAnswer {
  const client = proxyClientOf(view, proxy);
  const request = resolve(view, client, query);
  if (isNone(request)) return request;
  const type = envoyClusterType(request);
  const missing = notPassing(request) ?? notEds(request, type);
  if (missing !== undefined) return missing;
  const candidates = collect(request);
  const ambient = ambientReason(request, candidates.groups);
  if (ambient !== undefined) return none('ambient-not-modelled', ambient);
  const setting = effectiveLocalitySetting(view, request.service, request.policy);
  const reachable = splitHorizon(request, candidates.groups);
  const passing = query.mode === 'sni-dnat' ? followedBy(reachable, onlyMutualTls) : reachable;
  const { groups, excluded } = followedBy(passing, (split) => balance(split, request, setting));
  const envoyCluster = envoyClusterAnswer(request, type, setting);
  const context = { envoyCluster, mode: query.mode };
  const effective = effectiveEndpoints(groups, context, query.ejected);
  const answered = { outcome: 'Answer', envoyCluster, effective: effective.endpoints } as const;
  if (query.brief === true) return { ...answered, endpoints: [], excluded: [], assumptions: [] };
  return {
    ...answered,
    endpoints: answerEndpoints(groups, context),
    excluded: [...candidates.excluded, ...excluded, ...effective.excluded].map((explained) => explained()),
    assumptions: assumptionsOf({ request, envoyCluster, setting, groups }),
  };
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

function isNone(result: EnvoyClusterRequest | NoAnswer): result is NoAnswer {
  return 'outcome' in result;
}

/** All answers that istiod may give: two where it depends on which proxies it served before (GatewayScope). */
export function possibleAnswers(view: IstiodView, proxy: ProxyNode, query: Query): readonly EdsAnswer[] {
  const first = answer(view, proxy, query);
  if (!dependsOnScope(view, proxyClientOf(view, proxy), query.host)) return [first];
  return [first, answer(view, proxy, { ...query, gatewayScope: 'shared' })];
}
