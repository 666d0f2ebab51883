import { apiVersion } from '../../report/schema.ts';
import type { ClusterStatus as ReportedStatus, StatusReport } from '../../report/status.ts';
import type { ClusterStatus, ReachableStatus } from '../../status/cluster-status.ts';
import { reportedShortError } from './error.ts';
import { untoldFinding } from './untold-finding.ts';

/** What was read of a mesh. */
export interface StatusReading {
  readonly mesh: string;
  /** RFC 3339. */
  readonly readAt: string;
  readonly clusters: readonly ClusterStatus[];
}

export function statusReport({ mesh, readAt, clusters }: StatusReading): StatusReport {
  const reported = clusters.map(reportedStatus);
  const ok = reported.every(
    (status) => status.reachable && status.findings.every(({ severity }) => severity === 'info'),
  );
  return { apiVersion, kind: 'MeshStatus', mesh, readAt, ok, clusters: reported };
}

function reportedStatus(status: ClusterStatus): ReportedStatus {
  if (!status.reachable) return { ...status, error: reportedShortError(status.error) };
  const { istiod, gateway, certificate, problems, ...rest } = status;
  return {
    ...rest,
    istiod: reportedIstiod(istiod),
    ...(gateway === undefined ? {} : { gateway: reportedGateway(gateway) }),
    ...(certificate === undefined ? {} : { certificate }),
    // merge: status.findings.map(reportedFinding)
    findings: problems.map((problem) => ({ ...untoldFinding(problem), cluster: status.cluster })),
  };
}

function reportedIstiod({ version, ...rest }: ReachableStatus['istiod']) {
  return { ...rest, ...(version === undefined ? {} : { version }) };
}

function reportedGateway({ address, ...rest }: NonNullable<ReachableStatus['gateway']>) {
  return { ...rest, ...(address === undefined ? {} : { address }) };
}
