import { type ClusterStatus, isHealthy, type ReachableStatus } from '../../status/cluster-status.ts';
import { findingLines } from '../shell/finding-lines.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

/** What `isthmus status -o json` prints. A stable contract: fields are added, never renamed or removed. */
export interface MeshStatus {
  readonly mesh: string;
  /** RFC 3339: when all of it was read. */
  readonly readAt: string;
  readonly ok: boolean;
  readonly clusters: readonly ClusterStatus[];
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
export function statusText(
  status: MeshStatus,
  { source, color }: { readonly source: string; readonly color: boolean },
): string {
  const { mesh, readAt, clusters, ok } = status;
  const rows = clusters.map((cluster) => rowOf(cluster, Date.parse(readAt)));
  const findings = clusters.flatMap((one) => one.findings.flatMap((found) => findingLines(found, { source, color })));
  const verdict = ok ? paint('healthy', 'green', color) : paint('not healthy', 'red', color);
  const next = ok ? `isthmus verify ${source}` : `isthmus apply ${source}`;
  return `${[`mesh ${mesh}: ${verdict}, read at ${readAt}`, table([header, ...rows]), ...findings, `next: ${next}`].join('\n')}\n`;
}

function rowOf(status: ClusterStatus, now: number): readonly string[] {
  if (!status.reachable) return [status.cluster, status.network, '?', '?', '?', '?', '?', '?', 'Unknown'];
  const { gateway, peers, certificate } = status;
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
    isHealthy([status]) ? 'Ready' : 'NotReady',
  ];
}

function istiodText({ cluster, istiod: { version, available, wanted, runsIn } }: ReachableStatus): string {
  return `${version ?? '-'} ${available}/${wanted}${runsIn === cluster ? '' : ` in ${runsIn}`}`;
}

function timeLeft({ notAfter }: NonNullable<ReachableStatus['certificate']>, now: number): string {
  const hours = (Date.parse(notAfter) - now) / 3_600_000;
  if (hours <= 0) return 'expired';
  return hours < 48 ? `${Math.floor(hours)}h` : `${Math.floor(hours / 24)}d`;
}
