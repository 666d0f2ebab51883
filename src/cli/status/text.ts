import type { ClusterStatus, ReachableStatus } from '../../status/cluster-status.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

/** What the status of a mesh is made of. */
export interface MeshStatus {
  readonly mesh: string;
  /** RFC 3339: when all of it was read. */
  readonly readAt: string;
  readonly healthy: boolean;
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
  const { mesh, readAt, clusters, healthy } = status;
  const rows = clusters.map((cluster) => rowOf(cluster, Date.parse(readAt)));
  const problems = clusters.flatMap((cluster) =>
    problemsOf(cluster).map((problem) => `${paint('!', 'red', color)} ${cluster.cluster}: ${problem}`),
  );
  const verdict = healthy ? paint('healthy', 'green', color) : paint('not healthy', 'red', color);
  const next = healthy ? `isthmus verify ${source}` : `isthmus apply ${source}`;
  return `${[`mesh ${mesh}: ${verdict}, read at ${readAt}`, table([header, ...rows]), ...problems, `next: ${next}`].join('\n')}\n`;
}

function rowOf(status: ClusterStatus, now: number): readonly string[] {
  if (!status.reachable) return [status.cluster, status.network, '?', '?', '?', '?', '?', '?', 'Unknown'];
  const { gateway, peers, certificate, problems } = status;
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
    problems.length === 0 ? 'Ready' : 'NotReady',
  ];
}

function istiodText({ cluster, istiod: { version, available, wanted, runsIn } }: ReachableStatus): string {
  return `${version ?? '-'} ${available}/${wanted}${runsIn === cluster ? '' : ` in ${runsIn}`}`;
}

function problemsOf(status: ClusterStatus): readonly string[] {
  return status.reachable ? status.problems : [`unknown: ${status.error.message} [${status.error.code}]`];
}

function timeLeft({ notAfter }: NonNullable<ReachableStatus['certificate']>, now: number): string {
  const hours = (Date.parse(notAfter) - now) / 3_600_000;
  if (hours <= 0) return 'expired';
  return hours < 48 ? `${Math.floor(hours)}h` : `${Math.floor(hours / 24)}d`;
}
