import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { TrafficPolicy } from '../rules/traffic-policy.ts';
import type { ExcludedEndpoint } from '../values/answer.ts';
import { fieldsOf, labelOf, numberOf, objectsOf, textOf, textsOf } from '../values/fields.ts';
import { hostnameLabel, networkLabel, regionLabel, subzoneLabel, zoneLabel } from '../values/locality.ts';
import {
  type Host,
  type Locality,
  type LocalityGroup,
  localityText,
  parseLocality,
  sumOfWeights,
} from '../values/locality-group.ts';
import type { IstiodView, Service } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';

interface Failover {
  readonly from: string;
  readonly to: string;
}

interface Distribute {
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
      /** Failover without outlier detection, as trafficDistribution has it. */
      readonly forced: boolean;
      /** The field that the setting comes from. */
      readonly source: string;
    }
  | {
      readonly kind: 'zoneAware';
      readonly enabled: boolean;
      readonly failover: readonly Failover[];
      readonly failoverPriority: readonly string[];
      readonly source: string;
    };

const byZone = [networkLabel, regionLabel, zoneLabel];
const byNode = [...byZone, subzoneLabel, hostnameLabel];

function readFailover(setting: JsonObject): readonly Failover[] {
  return objectsOf(setting.failover).map(({ from, to }) => ({ from: textOf(from), to: textOf(to) }));
}

function readDistribute(rule: JsonObject): Distribute {
  const to = Object.entries(fieldsOf(rule.to)).map(([key, weight]) => [key, numberOf(weight) ?? 0] as const);
  return { from: textOf(rule.from), to };
}

function localitySetting(setting: JsonObject, source: string): LocalitySetting | undefined {
  if (setting.enabled === false) return undefined;
  return {
    kind: 'locality',
    distribute: objectsOf(setting.distribute).map(readDistribute),
    failover: readFailover(setting),
    failoverPriority: textsOf(setting.failoverPriority),
    forced: false,
    source,
  };
}

function zoneAwareSetting(setting: JsonObject, source: string): LocalitySetting {
  return {
    kind: 'zoneAware',
    enabled: setting.enabled !== false,
    failover: readFailover(setting),
    failoverPriority: textsOf(setting.failoverPriority),
    source,
  };
}

/** DestinationRule before the service's trafficDistribution before the mesh (GetEffectiveLbSetting). */
export function effectiveLocalitySetting(
  view: IstiodView,
  service: Service,
  policy: TrafficPolicy | undefined,
): LocalitySetting | undefined {
  const rule = fieldsOf(policy?.loadBalancer);
  if (isJsonObject(rule.zoneAwareLbSetting)) return zoneAwareSetting(rule.zoneAwareLbSetting, 'zoneAwareLbSetting');
  if (isJsonObject(rule.localityLbSetting)) return localitySetting(rule.localityLbSetting, 'localityLbSetting');
  if (service.trafficDistribution !== 'Any') {
    const failoverPriority = service.trafficDistribution === 'PreferSameZone' ? byZone : byNode;
    const source = 'trafficDistribution';
    return { kind: 'locality', distribute: [], failover: [], failoverPriority, forced: true, source };
  }
  const mesh = view.istiod.meshConfig;
  if (isJsonObject(mesh.zoneAwareLbSetting))
    return zoneAwareSetting(mesh.zoneAwareLbSetting, 'meshConfig.zoneAwareLbSetting');
  return localitySetting(fieldsOf(mesh.localityLbSetting), 'meshConfig.localityLbSetting');
}

/** pilot/pkg/networking/util, LocalityMatch: an empty or `*` zone or subzone matches any. */
function matchesRule(locality: Locality, rule: string): boolean {
  const { region, zone, subzone } = parseLocality(rule);
  const matches = (wanted: string, actual: string): boolean => wanted === '*' || wanted === '' || wanted === actual;
  return (
    (region === '*' || region === locality.region) && matches(zone, locality.zone) && matches(subzone, locality.subzone)
  );
}

function distribute(groups: readonly LocalityGroup[], rule: Distribute): readonly LocalityGroup[] {
  const weights = groups.map((group) => group.weight);
  const unmatched = new Set(groups.keys());
  for (const [to, percent] of rule.to) {
    const matched = [...unmatched].filter((index) => matchesRule(groups[index]?.locality ?? parseLocality(''), to));
    const total = matched.reduce((sum, index) => sum + (weights[index] ?? 1), 0) >>> 0;
    for (const index of matched) {
      unmatched.delete(index);
      // The product is one of unsigned 32 bits; a result of 0 leaves the weight as it was.
      const share = (Math.imul(weights[index] ?? 1, percent) >>> 0) / total;
      if (share > 0) weights[index] = Math.ceil(share);
    }
  }
  return groups.map((group, index) => ({
    ...group,
    weight: weights[index] ?? null,
    hosts: unmatched.has(index) ? [] : group.hosts,
  }));
}

/** Priorities without gaps, in the same order; groups without hosts count too. */
function compact(groups: readonly LocalityGroup[]): readonly LocalityGroup[] {
  const used = [...new Set(groups.map((group) => group.priority))].sort((a, b) => a - b);
  const ranks = new Map(used.map((priority, rank) => [priority, rank]));
  return groups.map((group) => ({ ...group, priority: ranks.get(group.priority) ?? 0 }));
}

function localityPriority(client: Locality, group: Locality, failover: readonly Failover[]): number {
  if (client.region === group.region) {
    if (client.zone !== group.zone) return 2;
    return client.subzone === group.subzone ? 0 : 1;
  }
  const rule = failover.find(({ from }) => from === client.region);
  return rule === undefined || rule.to === group.region ? 3 : 4;
}

/** Divides each priority by how near a group is: `levels` is one more than the farthest. */
function failOver(
  groups: readonly LocalityGroup[],
  levels: number,
  distance: (locality: Locality) => number,
): readonly LocalityGroup[] {
  return compact(groups.map((group) => ({ ...group, priority: group.priority * levels + distance(group.locality) })));
}

function failOverByLocality(
  groups: readonly LocalityGroup[],
  client: ProxyClient,
  failover: readonly Failover[],
): readonly LocalityGroup[] {
  return failOver(groups, 5, (locality) => localityPriority(client.locality, locality, failover));
}

function regionPriority(client: Locality, group: Locality, failover: readonly Failover[]): number {
  if (client.region === group.region) return 0;
  return failover.find(({ from }) => from === client.region)?.to === group.region ? 1 : 2;
}

function failOverByRegion(
  groups: readonly LocalityGroup[],
  client: ProxyClient,
  failover: readonly Failover[],
): readonly LocalityGroup[] {
  return failOver(groups, 3, (locality) => regionPriority(client.locality, locality, failover));
}

interface PriorityLabel {
  readonly name: string;
  /** The client's value, which `label=value` replaces. */
  readonly value: string;
}

/** Of a label that is named twice with values the last value counts for both, as in istiod's map. */
function priorityLabels(failoverPriority: readonly string[], labels: ProxyClient['labels']): readonly PriorityLabel[] {
  const overrides = new Map<string, string>();
  for (const entry of failoverPriority) {
    const [name = '', value, ...rest] = entry.split('=');
    if (value !== undefined && rest.length === 0) overrides.set(name, value);
  }
  return failoverPriority.map((entry) => {
    const name = entry.split('=')[0] ?? '';
    return { name, value: overrides.get(name) ?? labelOf(labels, name) ?? '' };
  });
}

/** 0 where all labels match, else the higher the earlier the first mismatch; another network comes after all of these. */
function labelPriority(host: Host, labels: readonly PriorityLabel[], networkFirst: boolean): number {
  let behind = 0;
  for (const [index, { name, value }] of labels.entries()) {
    if (value === (labelOf(host.labels, name) ?? '')) continue;
    if (index > 0 || !networkFirst) return labels.length - index + behind;
    behind = labels.length;
  }
  return behind;
}

function failOverByLabels(
  groups: readonly LocalityGroup[],
  client: ProxyClient,
  failoverPriority: readonly string[],
): readonly LocalityGroup[] {
  if (Object.keys(client.labels).length === 0) return groups;
  const labels = priorityLabels(failoverPriority, client.labels);
  const networkFirst = failoverPriority[0] === networkLabel;
  const parts = groups.flatMap((group) => {
    const byPriority = Map.groupBy(group.hosts, (host) => labelPriority(host, labels, networkFirst));
    return [...byPriority]
      .sort(([a], [b]) => a - b)
      .map(([priority, hosts]) => ({ ...group, priority, hosts, weight: sumOfWeights(hosts) }));
  });
  return compact(parts);
}

function noteDistributedAway(
  before: readonly LocalityGroup[],
  after: readonly LocalityGroup[],
  excluded: ExcludedEndpoint[],
): void {
  for (const [index, group] of before.entries()) {
    if (after[index]?.hosts.length !== 0) continue;
    for (const { address, cluster } of group.hosts) {
      const explanation = `${address}: its locality ${localityText(group.locality) || '(none)'} is in no \`to\` of the distribute rule for the client's locality.`;
      excluded.push({ address, cluster, reason: 'distributed-away', explanation });
    }
  }
}

/** Gives groups the priorities and weights that a client's place calls for (ApplyToLoadAssignment). */
export function balance(
  groups: readonly LocalityGroup[],
  request: {
    readonly client: ProxyClient;
    readonly setting: LocalitySetting | undefined;
    readonly hasOutlierDetection: boolean;
  },
  excluded: ExcludedEndpoint[],
): readonly LocalityGroup[] {
  const { client, setting } = request;
  if (setting === undefined || groups.length === 0) return groups;
  if (setting.kind === 'zoneAware') {
    if (!setting.enabled) return groups;
    const { failoverPriority, failover } = setting;
    const byLabels = failoverPriority.length > 0 ? failOverByLabels(groups, client, failoverPriority) : groups;
    return failOverByRegion(byLabels, client, failover);
  }
  if (setting.distribute.length > 0) {
    const rule = setting.distribute.find(({ from }) => matchesRule(client.locality, from));
    const distributed = rule === undefined ? groups : distribute(groups, rule);
    noteDistributedAway(groups, distributed, excluded);
    return distributed;
  }
  if (!setting.forced && !request.hasOutlierDetection) return groups;
  if (setting.failoverPriority.length === 0) return failOverByLocality(groups, client, setting.failover);
  const byLabels = failOverByLabels(groups, client, setting.failoverPriority);
  return setting.failover.length > 0 ? failOverByLocality(byLabels, client, setting.failover) : byLabels;
}
