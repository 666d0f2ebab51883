import { isClusterLocal } from '../rules/cluster-local.ts';
import { describeRule } from '../rules/destination-rule.ts';
import { subsetOf } from '../rules/traffic-policy.ts';
import type { ReasonCode } from '../values/answer.ts';
import { labelOf, numberOf, selects } from '../values/fields.ts';
import { ipFamily } from '../values/ip.ts';
import { isSince31 } from '../values/istio-version.ts';
import { isOn, setting } from '../values/mesh-config.ts';
import type { Endpoint } from '../values/model.ts';
import { type ClientlessRequest, type EnvoyClusterRequest, resolvesByDns } from './envoy-cluster-request.ts';

/** One reason to leave an endpoint out, and what the explanation says after the endpoint's name. */
export interface Rule {
  readonly reason: ReasonCode;
  applies(endpoint: Endpoint): boolean;
  why(endpoint: Endpoint): string;
}

/** The rules that istiod applies before those of the client's place. */
export function earlyRules(request: ClientlessRequest): readonly Rule[] {
  return [...(resolvesByDns(request.service) ? [] : [portRule(request)]), ...subsetRules(request)];
}

function portRule({ service, port }: ClientlessRequest): Rule {
  return {
    reason: 'not-an-ip',
    applies: ({ address, port: number }) => address !== '' && number !== 0 && ipFamily(address) === undefined,
    why: ({ address }) => `${address} is no IP address, and ${service.host}:${port.port} is not resolved by DNS`,
  };
}

function subsetRules({ rule, subset: name }: ClientlessRequest): readonly Rule[] {
  const subset = subsetOf(rule, name);
  if (rule === undefined || subset === undefined) return [];
  const wanted = Object.entries(subset.labels).map(([key, value]) => `${key}=${value}`);
  const why = `its labels lack ${wanted.join(', ')}, which subset ${name} of ${describeRule(rule)} asks for`;
  return [{ reason: 'subset-mismatch', applies: ({ labels }) => !selects(subset.labels, labels), why: () => why }];
}

/**
 * The rules that go by where client and endpoint are, in istiod's order. `confined`: multi-cluster services confine some
 * of the endpoints to the proxies of their own cluster.
 */
export function placeRules({ view, client, service }: EnvoyClusterRequest, confined: boolean): readonly Rule[] {
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

/** The rules that istiod applies after those of the client's place. */
export function lateRules(request: ClientlessRequest): readonly Rule[] {
  const { view, rule, service } = request;
  const draining = setting(view.istiod, 'PILOT_DRAINING_LABEL', 'istio.io/draining');
  const session = setting(view.istiod, 'PILOT_PERSISTENT_SESSION_LABEL', 'istio.io/persistent-session');
  const rules: Rule[] = [];
  if (!sendsUnhealthy(request)) {
    const isOff = !isOn(view.istiod, 'PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS');
    const off = isSince31(view.istiod)
      ? 'PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS of istiod is off'
      : `istiod ${view.istiod.version} leaves such endpoints out`;
    const cause =
      rule === undefined || isOff ? off : `outlierDetection.minHealthPercent of ${describeRule(rule)} is above 0`;
    rules.push({
      reason: 'unhealthy-suppressed',
      applies: ({ health }) => health === 'UNHEALTHY',
      why: () => `it is not ready, and ${cause}`,
    });
  }
  rules.push({
    reason: 'terminating',
    applies: ({ health }) => health === 'TERMINATING',
    why: () => 'its EndpointSlice condition ready is false and terminating is not false (unset counts as terminating)',
  });
  if ((labelOf(service.labels, session) ?? '') === '') {
    rules.push({
      reason: 'draining',
      applies: ({ health, labels }) => health === 'DRAINING' || isDraining(labels, draining),
      why: () => `it is draining, and the Service has no label ${session}`,
    });
  }
  return rules;
}

/** Whether endpoints that are not ready are sent along, marked UNHEALTHY (trap T1). */
function sendsUnhealthy({ view, service, policy }: ClientlessRequest): boolean {
  if (isOn(view.istiod, 'PILOT_SEND_UNHEALTHY_ENDPOINTS') || service.trafficDistribution !== 'Any') return true;
  if (!isOn(view.istiod, 'PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS')) return false;
  return (numberOf(policy?.outlierDetection?.minHealthPercent) ?? 0) === 0;
}

export function isDraining(labels: Readonly<Record<string, string>>, label: string): boolean {
  return label !== '' && (labelOf(labels, label) ?? '') !== '';
}
