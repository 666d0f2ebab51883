import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { fieldsOf, objectsOf, textOf } from '../values/fields.ts';
import { isSince31 } from '../values/istio-version.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import type { DestinationRule, Subset } from './destination-rule.ts';

/** The parts of a traffic policy that decide about endpoints. */
export interface TrafficPolicy {
  readonly loadBalancer: JsonObject | undefined;
  readonly outlierDetection: JsonObject | undefined;
  readonly tls: JsonObject | undefined;
}

export type TlsMode = 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL';

export function subsetOf(rule: DestinationRule | undefined, name: string): Subset | undefined {
  return name === '' ? undefined : rule?.subsets.find((subset) => subset.name === name);
}

/**
 * The policy for a port and subset (pilot/pkg/networking/util, MergeSubsetTrafficPolicy). Settings of a port replace those
 * of their level as a whole, so what they leave out is unset rather than inherited.
 */
export function effectivePolicy(rule: DestinationRule, port: number, subsetName: string): TrafficPolicy | undefined {
  const atPort = portLevel(rule.trafficPolicy, port) ?? rule.trafficPolicy;
  const base = atPort === undefined ? undefined : partsOf(atPort);
  const subset = subsetOf(rule, subsetName)?.trafficPolicy;
  if (subset === undefined) return base;
  const subsetAtPort = portLevel(subset, port);
  if (subsetAtPort !== undefined) return partsOf(subsetAtPort);
  const own = partsOf(subset);
  return {
    loadBalancer: own.loadBalancer ?? base?.loadBalancer,
    outlierDetection: own.outlierDetection ?? base?.outlierDetection,
    tls: own.tls ?? base?.tls,
  };
}

function portLevel(policy: JsonObject | undefined, port: number): JsonObject | undefined {
  return objectsOf(policy?.portLevelSettings).find((setting) => fieldsOf(setting.port).number === port);
}

function partsOf(policy: JsonObject): TrafficPolicy {
  const part = (name: string): JsonObject | undefined => {
    const value = policy[name];
    return isJsonObject(value) ? value : undefined;
  };
  return { loadBalancer: part('loadBalancer'), outlierDetection: part('outlierDetection'), tls: part('tls') };
}

/** Whether a subset has settings for the port, which leave nothing of those for the rule and the mesh. */
export function hasOwnPortLevel(rule: DestinationRule | undefined, port: number, subsetName: string): boolean {
  return portLevel(subsetOf(rule, subsetName)?.trafficPolicy, port) !== undefined;
}

/** Settings that name no mode have the first one of the enumeration, DISABLE. */
export function modeOf(tls: JsonObject): TlsMode {
  const mode = textOf(tls.mode);
  return mode === 'SIMPLE' || mode === 'MUTUAL' || mode === 'ISTIO_MUTUAL' ? mode : 'DISABLE';
}

/**
 * The mode that istiod goes by when it judges endpoints (endpoints/mtls_checker.go). Unlike the policy of the cluster, a
 * port without TLS settings falls back to those above it (trap T26), and since 1.31 a subset does so too.
 */
export function endpointTlsMode(
  istiod: IstiodSettings,
  rule: DestinationRule | undefined,
  { port, subset: subsetName }: { readonly port: number; readonly subset: string },
): TlsMode | undefined {
  if (rule === undefined) return undefined;
  const subset = subsetOf(rule, subsetName);
  if (subsetName !== '' && subset === undefined) return undefined;
  const isAlone = subset !== undefined && !isSince31(istiod);
  const ofHost = isAlone ? undefined : endpointTlsAt(rule.trafficPolicy, port);
  const tls = endpointTlsAt(subset?.trafficPolicy, port) ?? ofHost;
  return tls === undefined ? undefined : modeOf(tls);
}

function endpointTlsAt(policy: JsonObject | undefined, port: number): JsonObject | undefined {
  const ofPort = objectsOf(policy?.portLevelSettings).find(
    (setting) => fieldsOf(setting.port).number === port && isJsonObject(setting.tls),
  );
  const tls = ofPort?.tls ?? policy?.tls;
  return isJsonObject(tls) ? tls : undefined;
}
