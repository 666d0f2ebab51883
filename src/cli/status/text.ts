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
  const rows = clusters.map((cluster) => rowOf(cluster, Date.parse(readAt)));
  const problems = clusters.flatMap((cluster) => problemLines(cluster, options));
  const next = nextOperation(
    verdict,
    clusters.flatMap(({ findings }) => findings),
  );
  return `${[
    `mesh ${mesh}: ${verdictText(verdict, color)}, read at ${readAt}`,
    table([header, ...rows]),
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

function problemLines(status: ClusterStatus, options: StatusTextOptions): readonly string[] {
  return status.findings.flatMap((finding) => findingLines(finding, markOf(finding, options.color), options));
}

function timeLeft({ notAfter }: NonNullable<ReachableStatus['certificate']>, now: number): string {
  const hours = (Date.parse(notAfter) - now) / 3_600_000;
  if (hours <= 0) return 'expired';
  return hours < 48 ? `${Math.floor(hours)}h` : `${Math.floor(hours / 24)}d`;
}
