import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { TrafficPolicy } from '../rules/traffic-policy.ts';
import { fieldsOf, numberOf, objectsOf, textOf, textsOf } from '../values/fields.ts';
import { isSince31 } from '../values/istio-version.ts';
import { hostnameLabel, networkLabel, regionLabel, subzoneLabel, zoneLabel } from '../values/locality.ts';
import type { IstiodView, Service } from '../values/model.ts';

export interface Failover {
  readonly from: string;
  readonly to: string;
}

export interface Distribute {
  readonly from: string;
  readonly to: readonly (readonly [string, number])[];
}

/** The setting that holds for a cluster (networking/core/loadbalancer). One replaces another as a whole. */
export type LocalitySetting =
  | {
      readonly kind: 'locality';
      readonly distribute: readonly Distribute[];
      readonly failover: readonly Failover[];
      readonly failoverPriority: readonly string[];
      /** Another network comes after all other labels, where it is the first of `failoverPriority`. */
      readonly networkLast: boolean;
      /** Failover without outlier detection, as trafficDistribution has it. */
      readonly forced: boolean;
      /** The field that the setting comes from. */
      readonly source: string;
    }
  | {
      readonly kind: 'zoneAware';
      readonly networkLast: boolean;
      readonly enabled: boolean;
      readonly failover: readonly Failover[];
      readonly failoverPriority: readonly string[];
      readonly source: string;
    };

/** DestinationRule before the service's trafficDistribution before the mesh (GetEffectiveLbSetting). */
export function effectiveLocalitySetting(
  view: IstiodView,
  service: Service,
  policy: TrafficPolicy | undefined,
): LocalitySetting | undefined {
  const rule = fieldsOf(policy?.loadBalancer);
  const networkLast = isSince31(view.istiod);
  if (isJsonObject(rule.zoneAwareLbSetting) && isSince31(view.istiod))
    return zoneAwareSetting(rule.zoneAwareLbSetting, 'zoneAwareLbSetting');
  if (isJsonObject(rule.localityLbSetting))
    return localitySetting(rule.localityLbSetting, networkLast, 'localityLbSetting');
  if (service.trafficDistribution !== 'Any') {
    const failoverPriority = service.trafficDistribution === 'PreferSameZone' ? byZone : byNode;
    const source = 'trafficDistribution';
    return { kind: 'locality', distribute: [], failover: [], failoverPriority, networkLast, forced: true, source };
  }
  const mesh = view.istiod.meshConfig;
  if (isJsonObject(mesh.zoneAwareLbSetting))
    return zoneAwareSetting(mesh.zoneAwareLbSetting, 'meshConfig.zoneAwareLbSetting');
  return localitySetting(fieldsOf(mesh.localityLbSetting), networkLast, 'meshConfig.localityLbSetting');
}

const byZone = [networkLabel, regionLabel, zoneLabel];
const byNode = [...byZone, subzoneLabel, hostnameLabel];

function readFailover(setting: JsonObject): readonly Failover[] {
  return objectsOf(setting.failover).map(({ from, to }) => ({ from: textOf(from), to: textOf(to) }));
}

function readDistribute(rule: JsonObject): Distribute {
  const to = Object.entries(fieldsOf(rule.to)).map(([key, weight]) => [key, numberOf(weight) ?? 0] as const);
  return { from: textOf(rule.from), to };
}

function localitySetting(setting: JsonObject, networkLast: boolean, source: string): LocalitySetting | undefined {
  if (setting.enabled === false) return undefined;
  return {
    kind: 'locality',
    distribute: objectsOf(setting.distribute).map(readDistribute),
    failover: readFailover(setting),
    failoverPriority: textsOf(setting.failoverPriority),
    networkLast,
    forced: false,
    source,
  };
}

function zoneAwareSetting(setting: JsonObject, source: string): LocalitySetting {
  return {
    kind: 'zoneAware',
    networkLast: true,
    enabled: setting.enabled !== false,
    failover: readFailover(setting),
    failoverPriority: textsOf(setting.failoverPriority),
    source,
  };
}
