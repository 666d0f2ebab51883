import { verdictOf } from '../../base/finding.ts';
import type { ClusterDrift } from '../../diagnose/facts/drift.ts';
import type { HeldIntermediate } from '../../diagnose/facts/status.ts';
import { apiVersion } from '../../report/schema.ts';
import type { ClusterStatus as ReportedStatus, StatusReport } from '../../report/status.ts';
import type { ClusterStatus, ReachableStatus } from '../../status/cluster-status.ts';
import { reportedError } from './error.ts';
import { reportedFinding } from './finding.ts';

/** What was read of a mesh. */
export interface StatusReading {
  readonly mesh: string;
  /** RFC 3339. */
  readonly readAt: string;
  readonly clusters: readonly ClusterStatus[];
}

export function statusReport({ mesh, readAt, clusters }: StatusReading): StatusReport {
  const verdict = verdictOf(clusters.flatMap(({ findings }) => findings));
  return {
    apiVersion,
    kind: 'MeshStatus',
    mesh,
    readAt,
    ok: verdict === 'Yes',
    verdict,
    clusters: clusters.map(reportedStatus),
  };
}

function reportedStatus(status: ClusterStatus): ReportedStatus {
  if (!status.reachable) {
    const { findings, error } = status;
    return { ...status, error: reportedError(error), findings: findings.map(reportedFinding) };
  }
  const { istiod, gateway, certificate, unread, drift, findings, ...rest } = status;
  return {
    ...rest,
    istiod: istiod && reportedIstiod(istiod),
    ...(gateway === undefined ? {} : { gateway: gateway && reportedGateway(gateway) }),
    ...(certificate === undefined ? {} : { certificate: certificate && reportedCertificate(certificate) }),
    unread: unread.map(({ part, error }) => ({ part, error: reportedError(error) })),
    ...(drift === undefined ? {} : { drift: reportedDrift(drift) }),
    findings: findings.map(reportedFinding),
  };
}

function reportedCertificate({ notAfter, rootFingerprint }: HeldIntermediate) {
  return { notAfter, rootFingerprint };
}

function reportedDrift(drift: ClusterDrift) {
  return drift.state === 'Compared' ? drift : { ...drift, error: reportedError(drift.error) };
}

function reportedIstiod({ version, ...rest }: NonNullable<ReachableStatus['istiod']>) {
  return { ...rest, ...(version === undefined ? {} : { version }) };
}

function reportedGateway({ address, ...rest }: NonNullable<ReachableStatus['gateway']>) {
  return { ...rest, ...(address === undefined ? {} : { address }) };
}
