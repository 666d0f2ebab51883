import { verdictOf } from '../../base/finding.ts';
import type { ClusterStatus, ReachableStatus, StatusReport } from '../../report/status.ts';
import { findingLines, markOf } from '../shell/finding-text.ts';
import { nextOperation } from '../shell/next-operation.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

export interface StatusTextOptions {
  /** The flags that name the mesh again. */
  readonly source: string;
  readonly color: boolean;
}

const header = [
  'CLUSTER',
  'NETWORK',
  'KUBERNETES',
  'ISTIOD',
  'GATEWAY',
  'PEERS(CONF/SYNCED)',
  'CERT LEFT',
  'ROOT',
  'STATE',
];

/** The mesh on one screen: a line per cluster, then what is not as it should be, then the next command. */
export function statusText(status: StatusReport, options: StatusTextOptions): string {
  const { mesh, readAt, clusters, verdict } = status;
  const { source, color } = options;
  const isCompared = clusters.some((cluster) => cluster.reachable && cluster.drift !== undefined);
  const rows = clusters.map((cluster) => {
    const cells = rowOf(cluster, Date.parse(readAt));
    return isCompared ? [...cells.slice(0, -1), driftText(cluster), ...cells.slice(-1)] : cells;
  });
  const problems = clusters.flatMap((cluster) => problemLines(cluster, options));
  const next = nextOperation(
    verdict,
    clusters.flatMap(({ findings }) => findings),
  );
  return `${[
    `mesh ${mesh}: ${verdictText(verdict, color)}, read at ${readAt}`,
    table([isCompared ? [...header.slice(0, -1), 'DRIFT', 'STATE'] : header, ...rows]),
    ...serviceLines(clusters),
    ...problems,
    ...(next === undefined ? [] : [`next: isthmus ${next} ${source}`]),
  ].join('\n')}\n`;
}

function rowOf(status: ClusterStatus, now: number): readonly string[] {
  if (!status.reachable) return [status.cluster, status.network, '?', '?', '?', '?', '?', '?', 'Unknown'];
  const { gateway, peers, certificate, findings } = status;
  const configured = peers.filter((peer) => peer.configured).length;
  const synced = peers.filter(({ state, answers }) => state === 'synced' && answers !== 'No').length;
  return [
    status.cluster,
    status.network,
    status.kubernetes ?? '?',
    istiodText(status),
    orMark(gateway, ({ address, available, wanted }) => `${address ?? 'no address'} ${available}/${wanted}`),
    `${peers.some((peer) => peer.configured === null) ? '?' : configured}/${peers.some(({ state }) => state === null) ? '?' : synced} of ${peers.length}`,
    orMark(certificate, (found) => timeLeft(found, now)),
    orMark(certificate, ({ rootFingerprint }) => rootFingerprint.replaceAll(':', '').slice(0, 8).toLowerCase()),
    states[verdictOf(findings)],
  ];
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

/** A line for each MeshService: what it asks for, and where that is not in effect or not known. */
function serviceLines(clusters: StatusReport['clusters']): readonly string[] {
  const compared = clusters.flatMap((one) =>
    one.reachable && one.drift?.state === 'Compared' ? [{ cluster: one.cluster, services: one.drift.services }] : [],
  );
  const unknown = clusters
    .map(({ cluster }) => cluster)
    .filter((name) => !compared.some((one) => one.cluster === name));
  const all = new Map(compared.flatMap(({ services }) => services.map((one) => [`${one.namespace}/${one.name}`, one])));
  const rows = [...all].map(([name, { policy }]) => {
    const missing = compared
      .filter(({ services }) => services.some((one) => `${one.namespace}/${one.name}` === name && !one.inEffect))
      .map(({ cluster }) => cluster);
    const parts = [
      ...(missing.length === 0 ? [] : [`not in effect in ${missing.join(', ')}`]),
      ...(unknown.length === 0 ? [] : [`not known in ${unknown.join(', ')}`]),
    ];
    return [name, policy, parts.length === 0 ? 'in effect' : parts.join('; ')];
  });
  return rows.length === 0 ? [] : ['', table([['SERVICE', 'POLICY', 'EFFECT'], ...rows]), ''];
}

function problemLines(status: ClusterStatus, options: StatusTextOptions): readonly string[] {
  return status.findings.flatMap((finding) => findingLines(finding, markOf(finding, options.color), options));
}

function timeLeft({ notAfter }: NonNullable<ReachableStatus['certificate']>, now: number): string {
  const hours = (Date.parse(notAfter) - now) / 3_600_000;
  if (hours <= 0) return 'expired';
  return hours < 48 ? `${Math.floor(hours)}h` : `${Math.floor(hours / 24)}d`;
}
