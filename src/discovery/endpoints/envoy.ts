import { remember } from '../../base/memo.ts';
import { type Host, type Locality, type LocalityGroup, localityText } from '../values/locality-group.ts';

/** A host with its share of the requests in percent. */
export interface SharedHost {
  readonly host: Host;
  readonly locality: Locality;
  readonly priority: number;
  readonly share: number;
}

export interface EffectiveView {
  readonly hosts: readonly SharedHost[];
  /** Hosts whose address came before: Envoy keeps the first only (trap T5). */
  readonly duplicates: readonly { readonly host: Host; readonly locality: Locality; readonly kept: Locality }[];
  /** A host for which Envoy refuses all that istiod sends with it. */
  readonly refused?: Host;
}

/** Percent of the requests by priority (load_balancer_impl.cc); rounding losses go to the first healthy one. */
export function priorityLoads(healths: readonly number[]): readonly number[] {
  const total = Math.min(
    100,
    healths.reduce((sum, health) => sum + health, 0),
  );
  if (total === 0) return healths.map(() => 0);
  let remaining = 100;
  const loads = healths.map((health) => {
    const load = Math.min(remaining, Math.floor((health * 100) / total));
    remaining -= load;
    return load;
  });
  const first = healths.findIndex((health) => health > 0);
  return loads.map((load, index) => (index === first ? load + remaining : load));
}

/** What Envoy makes of a load assignment: one host per address, priorities by health, requests by weight. */
export function effectiveView(groups: readonly LocalityGroup[], isWeighted: boolean): EffectiveView {
  const refused = groups.flatMap(({ hosts }) => hosts).find(isRefused);
  if (refused !== undefined) return { hosts: [], duplicates: [], refused };
  const { priorities, duplicates } = bucketsOf(groups);
  const count = Math.max(-1, ...priorities.keys()) + 1;
  const healths = Array.from({ length: count }, (_, priority) => healthOf(hostsOf(priorities.get(priority))));
  const loads = priorityLoads(healths);
  const ordered = [...priorities].sort(([a], [b]) => a - b);
  const hosts = ordered.flatMap(([priority, localities]) =>
    sharesOf(priority, localities, { percent: loads[priority] ?? 0, isWeighted }),
  );
  return { hosts, duplicates };
}

/** An address without an IP makes Envoy refuse the whole response that it comes in (trap T24). */
function isRefused({ address }: Host): boolean {
  return address.startsWith(':');
}

/** The hosts of one priority and locality after duplicates are gone. */
interface Bucket {
  readonly locality: Locality;
  weight: number;
  readonly hosts: Host[];
}

type Priorities = Map<number, Map<string, Bucket>>;

/** eds.cc: of two groups of the same locality and priority the hosts go together and the later weight counts. */
function bucketsOf(groups: readonly LocalityGroup[]): {
  priorities: Priorities;
  duplicates: EffectiveView['duplicates'];
} {
  const priorities: Priorities = new Map();
  const firstSeen = new Map<string, Locality>();
  const duplicates: { host: Host; locality: Locality; kept: Locality }[] = [];
  for (const { locality, priority, weight, hosts } of groups) {
    const localities = remember(priorities, priority, () => new Map());
    const bucket = remember(localities, localityText(locality), () => ({ locality, weight: 0, hosts: [] }));
    if (weight !== null) bucket.weight = weight;
    for (const host of hosts) {
      const kept = firstSeen.get(host.address);
      if (kept !== undefined) duplicates.push({ host, locality, kept });
      else {
        firstSeen.set(host.address, locality);
        bucket.hosts.push(host);
      }
    }
  }
  return { priorities, duplicates };
}

/** Envoy's default: a priority stays full until less than 1/1.4 of its hosts are healthy. In percent. */
const overprovisioning = 140;

function healthOf(hosts: readonly Host[]): number {
  if (hosts.length === 0) return 0;
  return Math.min(100, Math.floor((overprovisioning * hosts.filter(isHealthy).length) / hosts.length));
}

function isHealthy(host: Host): boolean {
  return host.health === 'HEALTHY';
}

function hostsOf(localities: ReadonlyMap<string, Bucket> | undefined): readonly Host[] {
  return [...(localities?.values() ?? [])].flatMap((bucket) => bucket.hosts);
}

function sharesOf(
  priority: number,
  localities: ReadonlyMap<string, Bucket>,
  load: { readonly percent: number; readonly isWeighted: boolean },
): readonly SharedHost[] {
  const buckets = [...localities.values()];
  const fractions = localityFractions(buckets, load.isWeighted);
  return buckets.flatMap(({ hosts, locality }, index) => {
    const percent = load.percent * (fractions[index] ?? 0);
    const total = weightOf(hosts);
    return hosts.map((host) => ({
      host,
      locality,
      priority,
      share: isHealthy(host) && total > 0 ? (percent * host.weight) / total : 0,
    }));
  });
}

/** What of the priority's requests goes to each of its localities, as a fraction. */
function localityFractions(buckets: readonly Bucket[], isWeighted: boolean): readonly number[] {
  const weights = buckets.map(({ hosts, weight }) => {
    if (!isWeighted) return weightOf(hosts);
    const healthy = hosts.filter(isHealthy).length;
    return healthy === 0 ? 0 : weight * Math.min(1, (overprovisioning / 100) * (healthy / hosts.length));
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (total === 0 ? 0 : weight / total));
}

function weightOf(hosts: readonly Host[]): number {
  return hosts.reduce((sum, host) => sum + (isHealthy(host) ? host.weight : 0), 0);
}
