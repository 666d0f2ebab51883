import type { ClusterStatus, ReachableStatus, StatusReport } from '../../report/status.ts';
import { findingLines, markOf } from '../shell/finding-text.ts';
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
  const { mesh, readAt, clusters, ok } = status;
  const { source, color } = options;
  const rows = clusters.map((cluster) => rowOf(cluster, Date.parse(readAt)));
  const problems = clusters.flatMap((cluster) => problemLines(cluster, options));
  const verdict = ok ? paint('healthy', 'green', color) : paint('not healthy', 'red', color);
  const next = ok ? `isthmus verify ${source}` : `isthmus apply ${source}`;
  return `${[`mesh ${mesh}: ${verdict}, read at ${readAt}`, table([header, ...rows]), ...problems, `next: ${next}`].join('\n')}\n`;
}

function rowOf(status: ClusterStatus, now: number): readonly string[] {
  if (!status.reachable) return [status.cluster, status.network, '?', '?', '?', '?', '?', '?', 'Unknown'];
  const { gateway, peers, certificate, findings } = status;
  const synced = peers.filter(({ state, answers }) => state === 'synced' && answers !== 'No').length;
  return [
    status.cluster,
    status.network,
    status.kubernetes,
    istiodText(status),
    gateway === undefined ? '-' : `${gateway.address ?? 'no address'} ${gateway.available}/${gateway.wanted}`,
    `${peers.filter(({ configured }) => configured).length}/${synced} of ${peers.length}`,
    certificate === undefined ? '-' : timeLeft(certificate, now),
    certificate === undefined ? '-' : certificate.rootFingerprint.replaceAll(':', '').slice(0, 8).toLowerCase(),
    findings.length === 0 ? 'Ready' : 'NotReady',
  ];
}

function istiodText({ cluster, istiod: { version, available, wanted, runsIn } }: ReachableStatus): string {
  return `${version ?? '-'} ${available}/${wanted}${runsIn === cluster ? '' : ` in ${runsIn}`}`;
}

function problemLines(status: ClusterStatus, options: StatusTextOptions): readonly string[] {
  return status.findings.flatMap((finding) => findingLines(finding, markOf(finding, options.color), options));
}

function timeLeft({ notAfter }: NonNullable<ReachableStatus['certificate']>, now: number): string {
  const hours = (Date.parse(notAfter) - now) / 3_600_000;
  if (hours <= 0) return 'expired';
  return hours < 48 ? `${Math.floor(hours)}h` : `${Math.floor(hours / 24)}d`;
}
