import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { effectivePolicy, hasOwnPortLevel, subsetOf } from '../rules/traffic-policy.ts';
import type { EnvoyClusterAnswer } from '../values/answer.ts';
import { envoyClusterName } from '../values/answer.ts';
import { fieldsOf, numberOf } from '../values/fields.ts';
import { isWildcard } from '../values/host-name.ts';
import { isOn } from '../values/mesh-config.ts';
import type { EnvoyClusterRequest } from './envoy-cluster-request.ts';
import { envoyClusterTls } from './envoy-cluster-tls.ts';
import type { LocalitySetting } from './locality-setting.ts';

/** Whether Envoy resolves the name in each request: only for hosts that are patterns (cluster.go, buildOutboundClusters). */
export function resolvesPerRequest({ service }: EnvoyClusterRequest): boolean {
  return service.resolution === 'DynamicDNS' && isWildcard(service.host);
}

/**
 * networking/core/cluster.go, convertResolution, and the load balancer that turns any cluster into a passthrough. A subset
 * starts from what the host's cluster has become, and its own setting counts even where one for the port replaces it.
 */
export function envoyClusterType(request: EnvoyClusterRequest): EnvoyClusterAnswer['type'] {
  const { rule, port, subset, policy } = request;
  if (request.mode === 'outbound' && resolvesPerRequest(request)) return 'DYNAMIC_DNS';
  const ofHost = rule === undefined ? undefined : effectivePolicy(rule, port.port, '')?.loadBalancer;
  const ofSubset = fieldsOf(subsetOf(rule, subset)?.trafficPolicy?.loadBalancer);
  const isPassthrough = [ofHost, ofSubset, policy?.loadBalancer].some((setting) => setting?.simple === 'PASSTHROUGH');
  return isPassthrough ? 'ORIGINAL_DST' : resolvedType(request);
}

function resolvedType({ view, client, service }: EnvoyClusterRequest): EnvoyClusterAnswer['type'] {
  switch (service.resolution) {
    case 'DNS':
      return service.racesConnections ? 'LOGICAL_DNS' : 'STRICT_DNS';
    case 'DNSRoundRobin':
      return 'LOGICAL_DNS';
    case 'Passthrough': {
      const isEds = service.provider === 'Kubernetes' && isOn(view.istiod, 'PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES');
      return client.type === 'router' || isEds ? 'EDS' : 'ORIGINAL_DST';
    }
    default:
      return 'EDS';
  }
}

/** What CDS says about the cluster. */
export function envoyClusterAnswer(
  request: EnvoyClusterRequest,
  type: EnvoyClusterAnswer['type'],
  setting: LocalitySetting | undefined,
): EnvoyClusterAnswer {
  const { service, port, subset, mode } = request;
  return {
    name: envoyClusterName(mode, { host: service.host, port: port.port, subset }),
    type,
    ...envoyClusterTls(request),
    localityWeighted: isLocalityWeighted(request, setting),
    panicThreshold: panicThreshold(request),
    maxEjection: maxEjection(request),
  };
}

/** loadbalancer.go, ApplyToCluster: only some settings make Envoy look at the weights of localities. */
function isLocalityWeighted(request: EnvoyClusterRequest, setting: LocalitySetting | undefined): boolean {
  if (setting?.kind === 'zoneAware') return false;
  if (isOn(request.view.istiod, 'ENABLE_LOCALITY_WEIGHTED_LB_CONFIG')) return true;
  if (setting === undefined) return false;
  if (setting.distribute.length > 0) return true;
  const failsOver = setting.forced || outlierDetection(request) !== undefined;
  return failsOver && (setting.failover.length > 0 || setting.failoverPriority.length > 0);
}

/**
 * The outlier detection that Envoy gets: unlike for endpoints, the mesh-wide default counts (trap T18). It takes the place
 * of what the rule leaves out for the whole host, before the settings of a subset come on top.
 */
function outlierDetection({ view, policy, rule, port, subset }: EnvoyClusterRequest): JsonObject | undefined {
  if (policy?.outlierDetection !== undefined) return policy.outlierDetection;
  if (hasOwnPortLevel(rule, port.port, subset)) return undefined;
  const byDefault = fieldsOf(view.istiod.meshConfig.defaultTrafficPolicy).outlierDetection;
  return isJsonObject(byDefault) ? byDefault : undefined;
}

/** Envoy's own threshold where istiod sets none. */
const envoyPanicThreshold = 50;

function panicThreshold(request: EnvoyClusterRequest): number {
  const { view, service } = request;
  const isForced = isOn(view.istiod, 'PILOT_SEND_UNHEALTHY_ENDPOINTS') || service.trafficDistribution !== 'Any';
  const outlier = outlierDetection(request);
  if (outlier !== undefined) return isForced ? 0 : (numberOf(outlier.minHealthPercent) ?? 0);
  return isForced || isOn(view.istiod, 'PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS') ? 0 : envoyPanicThreshold;
}

/** Envoy's default. */
const defaultMaxEjection = 10;

/**
 * How many hosts Envoy may eject for failures (cluster_traffic_policy.go, applyOutlierDetection). Connections that fail count
 * as 5xx, unless failures of the own side are counted apart, which has a limit of its own.
 */
function maxEjection(request: EnvoyClusterRequest): number {
  const outlier = outlierDetection(request);
  if (outlier === undefined) return 0;
  const counts = [outlier.consecutive5xxErrors ?? 5, outlier.consecutiveGatewayErrors ?? 0];
  const isOff = outlier.splitExternalLocalOriginErrors !== true && counts.every((count) => count === 0);
  return isOff ? 0 : numberOf(outlier.maxEjectionPercent) || defaultMaxEjection;
}
