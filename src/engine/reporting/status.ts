import { apiVersion } from '../../report/schema.ts';
import type { ClusterStatus as ReportedStatus, StatusReport } from '../../report/status.ts';
import { type ClusterStatus, isHealthy, type ReachableStatus } from '../../status/cluster-status.ts';
import { reportedShortError } from './error.ts';
import { reportedFinding } from './finding.ts';

/** What was read of a mesh. */
export interface StatusReading {
  readonly mesh: string;
  /** RFC 3339. */
  readonly readAt: string;
  readonly clusters: readonly ClusterStatus[];
}

export function statusReport({ mesh, readAt, clusters }: StatusReading): StatusReport {
  return {
    apiVersion,
    kind: 'MeshStatus',
    mesh,
    readAt,
    ok: isHealthy(clusters),
    clusters: clusters.map(reportedStatus),
  };
}

function reportedStatus(status: ClusterStatus): ReportedStatus {
  if (!status.reachable) {
    const { findings, error } = status;
    return { ...status, error: reportedShortError(error), findings: findings.map(reportedFinding) };
  }
  const { istiod, gateway, certificate, findings, ...rest } = status;
  return {
    ...rest,
    istiod: reportedIstiod(istiod),
    ...(gateway === undefined ? {} : { gateway: reportedGateway(gateway) }),
    ...(certificate === undefined ? {} : { certificate }),
    findings: findings.map(reportedFinding),
  };
}

function reportedIstiod({ version, ...rest }: ReachableStatus['istiod']) {
  return { ...rest, ...(version === undefined ? {} : { version }) };
}

function reportedGateway({ address, ...rest }: NonNullable<ReachableStatus['gateway']>) {
  return { ...rest, ...(address === undefined ? {} : { address }) };
}
