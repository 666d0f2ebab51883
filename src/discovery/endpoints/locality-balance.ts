import type { ExcludedEndpoint } from '../values/answer.ts';
import { labelOf } from '../values/fields.ts';
import { networkLabel } from '../values/locality.ts';
import {
  type Host,
  type Locality,
  type LocalityGroup,
  localityText,
  parseLocality,
  sumOfWeights,
} from '../values/locality-group.ts';
import type { ProxyClient } from '../values/proxy-client.ts';
import type { EnvoyClusterRequest } from './envoy-cluster-request.ts';
import type { Step } from './exclusion.ts';
import type { Distribute, Failover, LocalitySetting } from './locality-setting.ts';

/** Gives groups the priorities and weights that the client's place calls for (ApplyToLoadAssignment). */
export function balance(
  groups: readonly LocalityGroup[],
  { client, policy }: Pick<EnvoyClusterRequest, 'client' | 'policy'>,
  setting: LocalitySetting | undefined,
): Step {
  if (setting?.kind === 'locality' && setting.distribute.length > 0) {
    const rule = setting.distribute.find(({ from }) => matchesRule(client.locality, from));
    return rule === undefined ? { groups, excluded: [] } : distribute(groups, rule);
  }
  const failsOver = setting !== undefined && mayFailOver(setting, policy?.outlierDetection !== undefined);
  return { groups: failsOver ? failOver(groups, client, setting) : groups, excluded: [] };
}

/** Failover needs outlier detection of the DestinationRule, unless the setting forces it (trap T18). */
function mayFailOver(setting: LocalitySetting, hasOutlierDetection: boolean): boolean {
  return setting.kind === 'zoneAware' ? setting.enabled : setting.forced || hasOutlierDetection;
}

function failOver(
  groups: readonly LocalityGroup[],
  client: ProxyClient,
  setting: LocalitySetting,
): readonly LocalityGroup[] {
  const { kind, failoverPriority, failover } = setting;
  const byLabels = failoverPriority.length > 0 ? failOverByLabels(groups, client, setting) : groups;
  if (kind === 'zoneAware') return failOverByRegion(byLabels, client, failover);
  const goesByPlace = failoverPriority.length === 0 || failover.length > 0;
  return goesByPlace ? failOverByLocality(byLabels, client, failover) : byLabels;
}

/** Gives the localities that a rule names their shares; hosts of the others are left out. */
function distribute(groups: readonly LocalityGroup[], rule: Distribute): Step {
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
  return {
    groups: groups.map((group, index) => ({
      ...group,
      weight: weights[index] ?? null,
      hosts: unmatched.has(index) ? [] : group.hosts,
    })),
    excluded: [...unmatched].flatMap((index) => {
      const { hosts = [], locality } = groups[index] ?? {};
      return hosts.map((host) => () => distributedAway(host, locality));
    }),
  };
}

function distributedAway({ address, cluster }: Host, locality: Locality | undefined): ExcludedEndpoint {
  const where = locality === undefined ? '' : localityText(locality);
  const explanation = `${address}: its locality ${where || '(none)'} is in no \`to\` of the distribute rule for the client's locality.`;
  return { address, cluster, reason: 'distributed-away', explanation };
}

/** pilot/pkg/networking/util, LocalityMatch: an empty or `*` zone or subzone matches any. */
function matchesRule(locality: Locality, rule: string): boolean {
  const { region, zone, subzone } = parseLocality(rule);
  const matches = (wanted: string, actual: string): boolean => wanted === '*' || wanted === '' || wanted === actual;
  return (
    (region === '*' || region === locality.region) && matches(zone, locality.zone) && matches(subzone, locality.subzone)
  );
}

function failOverByLabels(
  groups: readonly LocalityGroup[],
  client: ProxyClient,
  { failoverPriority, networkLast }: LocalitySetting,
): readonly LocalityGroup[] {
  if (Object.keys(client.labels).length === 0) return groups;
  const labels = priorityLabels(failoverPriority, client.labels);
  const networkFirst = networkLast && failoverPriority[0] === networkLabel;
  const parts = groups.flatMap((group) => {
    const byPriority = Map.groupBy(group.hosts, (host) => labelPriority(host, labels, networkFirst));
    return [...byPriority]
      .sort(([a], [b]) => a - b)
      .map(([priority, hosts]) => ({ ...group, priority, hosts, weight: sumOfWeights(hosts) }));
  });
  return compact(parts);
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

/** 0 where all labels match, else the higher the earlier the first mismatch; since 1.31 another network comes after all of these. */
function labelPriority(host: Host, labels: readonly PriorityLabel[], networkFirst: boolean): number {
  let behind = 0;
  for (const [index, { name, value }] of labels.entries()) {
    if (value === (labelOf(host.labels, name) ?? '')) continue;
    if (index > 0 || !networkFirst) return labels.length - index + behind;
    behind = labels.length;
  }
  return behind;
}

function failOverByRegion(
  groups: readonly LocalityGroup[],
  client: ProxyClient,
  failover: readonly Failover[],
): readonly LocalityGroup[] {
  return failOverBy(groups, 3, (locality) => regionPriority(client.locality, locality, failover));
}

function regionPriority(client: Locality, group: Locality, failover: readonly Failover[]): number {
  if (client.region === group.region) return 0;
  return failover.find(({ from }) => from === client.region)?.to === group.region ? 1 : 2;
}

function failOverByLocality(
  groups: readonly LocalityGroup[],
  client: ProxyClient,
  failover: readonly Failover[],
): readonly LocalityGroup[] {
  return failOverBy(groups, 5, (locality) => localityPriority(client.locality, locality, failover));
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
function failOverBy(
  groups: readonly LocalityGroup[],
  levels: number,
  distance: (locality: Locality) => number,
): readonly LocalityGroup[] {
  return compact(groups.map((group) => ({ ...group, priority: group.priority * levels + distance(group.locality) })));
}

/** Priorities without gaps, in the same order; groups without hosts count too. */
function compact(groups: readonly LocalityGroup[]): readonly LocalityGroup[] {
  const used = [...new Set(groups.map((group) => group.priority))].sort((a, b) => a - b);
  const ranks = new Map(used.map((priority, rank) => [priority, rank]));
  return groups.map((group) => ({ ...group, priority: ranks.get(group.priority) ?? 0 }));
}
