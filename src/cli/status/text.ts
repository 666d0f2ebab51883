import { verdictOf } from '../../base/finding.ts';
import type { ClusterStatus, ReachableStatus, ServiceEffect, StatusReport } from '../../report/status.ts';
import { findingLines, markOf } from '../shell/finding-text.ts';
import { nextOperation } from '../shell/next-operation.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';
import { timeText } from '../shell/time-text.ts';

export interface StatusTextOptions {
  /** The flags that name the mesh again. */
  readonly source: string;
  readonly color: boolean;
  /** `Wide` shows what does not fit into 80 columns. Default `Narrow`. */
  readonly columns?: 'Narrow' | 'Wide';
}

/** A column of the table; those that are wide are left out of 80 columns. */
interface Column {
  readonly title: string;
  readonly isWide?: true;
  readonly cell: (status: ReachableStatus, now: number) => string;
}

const columns: readonly Column[] = [
  { title: 'KUBERNETES', isWide: true, cell: ({ kubernetes }) => kubernetes ?? '?' },
  { title: 'ISTIOD', cell: istiodText },
  { title: 'GATEWAY', cell: ({ gateway }) => orMark(gateway, ({ available, wanted }) => `${available}/${wanted}`) },
  { title: 'ADDRESS', isWide: true, cell: ({ gateway }) => orMark(gateway, ({ address }) => address ?? 'none') },
  {
    title: 'SECRETS',
    isWide: true,
    cell: ({ peers }) =>
      counted(
        peers,
        peers.map(({ configured }) => configured),
      ),
  },
  { title: 'PEERS', cell: ({ peers }) => counted(peers, peers.map(isSynced)) },
  { title: 'CERT LEFT', cell: ({ certificate }, now) => orMark(certificate, (found) => timeLeft(found, now)) },
  { title: 'ROOT', isWide: true, cell: ({ certificate }) => orMark(certificate, rootText) },
];

/** The mesh on one screen: a line per cluster, then what is not as it should be, then the next command. */
export function statusText(status: StatusReport, options: StatusTextOptions): string {
  const { mesh, readAt, clusters, verdict } = status;
  const { source, color } = options;
  const isCompared = clusters.some((cluster) => cluster.reachable && cluster.drift !== undefined);
  const shown = columns.filter(({ isWide }) => isWide === undefined || options.columns === 'Wide');
  const header = ['CLUSTER', 'NETWORK', ...shown.map(({ title }) => title), ...(isCompared ? ['DRIFT'] : []), 'STATE'];
  const rows = clusters.map((cluster) => [
    cluster.cluster,
    cluster.network,
    ...shown.map(({ cell }) => (cluster.reachable ? cell(cluster, Date.parse(readAt)) : '?')),
    ...(isCompared ? [driftText(cluster)] : []),
    cluster.reachable ? states[verdictOf(cluster.findings)] : 'Unknown',
  ]);
  const problems = clusters.flatMap((cluster) => problemLines(cluster, options));
  const next = nextOperation(
    verdict,
    clusters.flatMap(({ findings }) => findings),
  );
  return `${[
    `mesh ${mesh}: ${verdictText(verdict, color)}, read at ${timeText(readAt)}`,
    table([header, ...rows], options.columns === 'Wide' ? { width: Number.POSITIVE_INFINITY } : {}),
    ...ingressLines(clusters),
    ...serviceLines(clusters),
    ...problems,
    ...tokenLines(clusters, color),
    ...(next === undefined ? [] : [`next: isthmus ${next} ${source}`]),
  ].join('\n')}\n`;
}

type Peer = ReachableStatus['peers'][number];

/** Whether an istiod has read a peer that answers it; null where that is not known. */
function isSynced({ state, answers }: Peer): boolean | null {
  return state === null ? null : state === 'synced' && answers !== 'No';
}

/** `1/2`; `?` in the place of the first where one of them is not known. */
function counted(peers: readonly Peer[], values: readonly (boolean | null)[]): string {
  return `${values.includes(null) ? '?' : values.filter((value) => value === true).length}/${peers.length}`;
}

function rootText({ rootFingerprint }: NonNullable<ReachableStatus['certificate']>): string {
  return rootFingerprint.replaceAll(':', '').slice(0, 8).toLowerCase();
}

/** One line for each cluster, as kubectl names its MeshCluster. */
export function namesText({ clusters }: StatusReport): string {
  return clusters.map(({ cluster }) => `meshcluster.isthmus.dev/${cluster}\n`).join('');
}

const states = { Yes: 'Ready', No: 'NotReady', Unknown: 'Unknown' } as const;

/** `-` for what a cluster does not have, `?` for what could not be read. */
function orMark<T extends object>(value: T | null | undefined, text: (value: T) => string): string {
  if (value === null) return '?';
  return value === undefined ? '-' : text(value);
}

function istiodText({ cluster, istiod }: ReachableStatus): string {
  return orMark(
    istiod,
    ({ version, available, wanted, runsIn }) =>
      `${version ?? '-'} ${available}/${wanted}${runsIn === cluster ? '' : ` in ${runsIn}`}`,
  );
}

function verdictText(verdict: StatusReport['verdict'], color: boolean): string {
  switch (verdict) {
    case 'Yes':
      return paint('healthy', 'green', color);
    case 'No':
      return paint('not healthy', 'red', color);
    case 'Unknown':
      return paint('not known to be healthy', 'yellow', color);
  }
}

function driftText(status: ClusterStatus): string {
  if (!status.reachable || status.drift === undefined || status.drift.state === 'Unread') return '?';
  const { objects } = status.drift;
  return objects.length === 0 ? 'none' : `${objects.length} changed`;
}

/** A line for each ingress gateway that the mesh file declares: how users' requests come in. */
function ingressLines(clusters: StatusReport['clusters']): readonly string[] {
  const rows = clusters.flatMap((one) => {
    if (!one.reachable || one.ingress === undefined) return [];
    const pods = orMark(one.ingress, ({ available, wanted }) => `${available}/${wanted}`);
    return [[one.cluster, pods, orMark(one.ingress, ({ address }) => address ?? 'none')]];
  });
  return rows.length === 0 ? [] : ['', table([['INGRESS', 'PODS', 'ADDRESS'], ...rows]), ''];
}

/** A line for each MeshService: what it asks for, and where that is not in effect, not known or of no use. */
function serviceLines(clusters: StatusReport['clusters']): readonly string[] {
  const all = clusters.flatMap((one) =>
    one.reachable ? (one.services ?? []).map((service) => ({ cluster: one.cluster, service })) : [],
  );
  if (all.length === 0) return [];
  const unread = clusters.filter((one) => !one.reachable || one.services === undefined).map(({ cluster }) => cluster);
  const byName = Map.groupBy(all, ({ service: { namespace, name } }) => `${namespace}/${name}`);
  const rows = [...byName].map(([name, found]) => {
    const where = (effect: ServiceEffect['inEffect']): readonly string[] =>
      found.filter(({ service }) => service.inEffect === effect).map(({ cluster }) => cluster);
    const parts = [
      ['not in effect in', where('No')] as const,
      ['not known in', [...where('Unknown'), ...unread]] as const,
      ['no callers in', where('Unused')] as const,
    ].flatMap(([words, names]) => (names.length === 0 ? [] : [`${words} ${names.join(', ')}`]));
    return [name, found[0]?.service.policy ?? '', parts.join('; ') || 'in effect'];
  });
  return ['', table([['SERVICE', 'POLICY', 'EFFECT'], ...rows]), ''];
}

/** What no operator renews has no end; who passes on a status is to know it. */
function tokenLines(clusters: StatusReport['clusters'], color: boolean): readonly string[] {
  const read = clusters.flatMap((one) =>
    one.reachable ? one.peers.filter(({ configured }) => configured === true) : [],
  );
  const ends = read.flatMap(({ tokenNotAfter }) => tokenNotAfter ?? []).toSorted();
  const endless =
    'the tokens by which the clusters read each other do not expire, as nothing renews them; docs/concepts/trust.md says how to take one back';
  const some = `${read.length - ends.length} of the ${read.length} tokens by which the clusters read each other do not expire: the operator has not renewed them yet; docs/concepts/trust.md says how to take one back`;
  const renewed = `an operator renews the tokens by which the clusters read each other; the next one ends at ${ends[0]}`;
  const texts = [
    ...(ends.length > 0 ? [renewed] : []),
    ...(ends.length === read.length ? [] : [ends.length === 0 ? endless : some]),
  ];
  return texts.map((text) => paint(`note: ${text}`, 'dim', color));
}

function problemLines(status: ClusterStatus, options: StatusTextOptions): readonly string[] {
  return status.findings.flatMap((finding) => findingLines(finding, markOf(finding, options.color), options));
}

function timeLeft({ notAfter }: NonNullable<ReachableStatus['certificate']>, now: number): string {
  const hours = (Date.parse(notAfter) - now) / 3_600_000;
  if (hours <= 0) return 'expired';
  return hours < 48 ? `${Math.floor(hours)}h` : `${Math.floor(hours / 24)}d`;
}
