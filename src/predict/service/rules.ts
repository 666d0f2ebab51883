import { canonicalJson, type Json } from '../../base/json.ts';
import type { EffectObstacle } from '../../base/service-effect.ts';
import { effectiveLocalitySetting } from '../../discovery/endpoints/locality-setting.ts';
import { isClusterLocal } from '../../discovery/rules/cluster-local.ts';
import { type DestinationRule, describeRule, destinationRuleFor } from '../../discovery/rules/destination-rule.ts';
import { effectivePolicy, subsetOf } from '../../discovery/rules/traffic-policy.ts';
import { type RouteAnswer, route } from '../../discovery/rules/virtual-service.ts';
import { namespaceOf } from '../../discovery/values/config-object.ts';
import { fieldsOf, objectsOf, textOf, textsOf } from '../../discovery/values/fields.ts';
import type { IstiodView, Service } from '../../discovery/values/model.ts';
import { proxyClientOf } from '../../discovery/values/proxy-client.ts';
import type { KubeObject } from '../../objects/object.ts';
import { isUnjudged } from '../request/verdict.ts';
import type { Caller } from '../world/caller.ts';
import type { Steering } from './steering.ts';

/** What was found for one caller: obstacles, and what the model leaves open. */
export interface Found {
  readonly obstacles: readonly EffectObstacle[];
  readonly open: readonly string[];
}

const nothing: Found = { obstacles: [], open: [] };

function obstacle(code: EffectObstacle['code'], message: string): Found {
  return { obstacles: [{ code, message }], open: [] };
}

/** Whether istiod's settings keep requests in the caller's cluster, where and only where that is declared. */
export function settingFor(view: IstiodView, host: string, { staysInCluster }: Steering): Found {
  if (isClusterLocal(view, host) === staysInCluster) return nothing;
  const { cluster } = view.istiod;
  return staysInCluster
    ? obstacle('other-setting', `the settings of the istiod of ${cluster} let requests to ${host} leave the cluster`)
    : obstacle('other-setting', `the settings of the istiod of ${cluster} keep requests to ${host} in their cluster`);
}

/** Whether the DestinationRule that carries the steering out is the one that holds for the caller. */
export function ruleFor(view: IstiodView, caller: Caller, service: Service, steering: Steering): Found {
  if (steering.rule === undefined) return nothing;
  const rule = destinationRuleFor(view, proxyClientOf(view, caller.proxy), service);
  if (!rule?.from.includes(steering.object)) {
    const absent = absentFrom(view.config.destinationRules, 'DestinationRule', steering);
    if (absent !== undefined) return absent;
    if (rule === undefined) return hidden('DestinationRule', caller, steering);
    return obstacle('other-rule', `${describeRule(rule)} holds for ${callersIn(caller)}`);
  }
  const others = rule.from.filter((one) => one !== steering.object);
  const merged = (what: string): Found =>
    others.length === 0
      ? obstacle('other-values', `DestinationRule ${steering.object} has another ${what}`)
      : obstacle('other-rule', `DestinationRule ${others.join(' and ')} for the same host sets another ${what}`);
  const lost = objectsOf(steering.rule.subsets).find(({ name, labels }) => {
    const found = subsetOf(rule, textOf(name));
    return !isSame(found?.labels ?? {}, fieldsOf(labels)) || found?.trafficPolicy !== undefined;
  });
  if (lost !== undefined) return merged(`subset ${textOf(lost.name)}`);
  return failsOver(view, service, { rule, steering }) ? nothing : merged('traffic policy');
}

function absentFrom(objects: readonly KubeObject[], kind: string, { object }: Steering): Found | undefined {
  const isThere = objects.some((one) => `${namespaceOf(one)}/${one.metadata.name}` === object);
  return isThere ? undefined : obstacle('missing', `there is no ${kind} ${object}`);
}

function hidden(kind: string, caller: Caller, { object }: Steering): Found {
  return obstacle('hidden', `${kind} ${object} is not seen by ${callersIn(caller)}`);
}

function callersIn({ namespace }: Caller): string {
  return `callers in namespace ${namespace}`;
}

/** Whether each port of the service has the locality setting and the outlier detection of the steering's own rule. */
function failsOver(
  view: IstiodView,
  service: Service,
  { rule, steering }: { readonly rule: DestinationRule; readonly steering: Steering },
): boolean {
  const wantedPolicy = fieldsOf(steering.rule?.trafficPolicy);
  const wanted = fieldsOf(fieldsOf(wantedPolicy.loadBalancer).localityLbSetting);
  const priority = textsOf(wanted.failoverPriority);
  if (priority.length === 0) return true;
  return service.ports.every(({ port }) => {
    const policy = effectivePolicy(rule, port, '');
    const setting = effectiveLocalitySetting(view, service, policy);
    return (
      isSame(policy?.outlierDetection ?? null, wantedPolicy.outlierDetection ?? null) &&
      setting?.kind === 'locality' &&
      setting.distribute.length === 0 &&
      isSame(setting.failoverPriority, priority)
    );
  });
}

function isSame(one: Json, other: Json): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** Whether the VirtualService that carries a split out decides about the caller's requests to each port. */
export function routeFor(view: IstiodView, caller: Caller, service: Service, steering: Steering): Found {
  if (steering.split === undefined) return nothing;
  const absent = absentFrom(view.config.virtualServices, 'VirtualService', steering);
  if (absent !== undefined) return absent;
  const ports = service.ports.filter(({ protocol }) => protocol !== 'UDP');
  const answers = ports.map(({ port }) => route(view, caller.proxy, { host: service.host, port, headers: {} }));
  return answers.map((answer) => judged(answer, caller, steering)).find((one) => one !== nothing) ?? nothing;
}

function judged(answer: RouteAnswer, caller: Caller, steering: Steering): Found {
  if (answer.outcome === 'NotRouted') {
    if (isUnjudged(answer.code)) return { obstacles: [], open: [answer.explanation] };
    return obstacle('other-route', answer.explanation.replace(/\.$/, ''));
  }
  const { virtualService, destinations } = answer;
  if (virtualService === null) return hidden('VirtualService', caller, steering);
  if (virtualService !== steering.object) {
    return obstacle('other-route', `VirtualService ${virtualService} decides for ${callersIn(caller)}`);
  }
  const shares = destinations.map(({ subset, share }) => [subset, share] as const);
  const declared = Object.entries(steering.split ?? {}).filter(([, share]) => share > 0);
  if (isSame(Object.fromEntries(shares), Object.fromEntries(declared))) return nothing;
  const words = shares.map(([subset, share]) => `${subset} ${share}`).join(', ');
  return obstacle('other-values', `VirtualService ${virtualService} gives ${words}`);
}
