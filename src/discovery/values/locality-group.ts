import type { AnswerEndpoint } from './answer.ts';

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subzone: string;
}

/** The parts of a raw locality label (pkg/model/proxy.go, ConvertLocality): missing parts are empty, further ones dropped. */
export function parseLocality(text: string): Locality {
  const [region = '', zone = '', subzone = ''] = text.split('/');
  return { region, zone, subzone };
}

/** `region/zone/subzone`, or '' where all three are empty. */
export function localityText({ region, zone, subzone }: Locality): string {
  return region === '' && zone === '' && subzone === '' ? '' : `${region}/${zone}/${subzone}`;
}

/** One host of an answer while istiod's steps are applied to it. */
export interface Host {
  /** `ip:port` as in the answer. */
  readonly address: string;
  readonly weight: number;
  readonly health: AnswerEndpoint['health'];
  readonly via: AnswerEndpoint['via'];
  readonly network: string;
  readonly cluster: string;
  /** The endpoint's `tlsMode` metadata, '' for none. */
  readonly tlsMode: string;
  /** What failoverPriority compares: a gateway has only its cluster and network. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The hosts of one locality and priority: one entry of the cluster load assignment. It may have become empty. */
export interface LocalityGroup {
  readonly locality: Locality;
  /** Null where the group is empty, as istiod then sends none. */
  readonly weight: number | null;
  readonly priority: number;
  readonly hosts: readonly Host[];
}

/** The most that a weight can be. */
export const maxWeight = 0xffffffff;

/** The sum in unsigned 32 bits, as Go's uint32 wraps. */
export function sumOfWeights(hosts: readonly Host[]): number {
  let sum = 0;
  for (const host of hosts) sum += host.weight;
  return sum >>> 0;
}

/** The group with other hosts and the weight that they add up to. */
export function withHosts(group: LocalityGroup, hosts: readonly Host[]): LocalityGroup {
  return { ...group, hosts, weight: hosts.length === 0 ? null : sumOfWeights(hosts) };
}
