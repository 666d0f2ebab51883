import { verdictOf } from '../../base/finding.ts';
import type { ClusterDrift } from '../../diagnose/facts/drift.ts';
import { inEffect, type ServiceEffect } from '../../diagnose/facts/service.ts';
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
  const {
    istiod,
    gateway,
    ingress,
    certificate,
    unread,
    drift,
    services,
    findings,
    mtlsDisabledBy: _,
    istio: __,
    ...rest
  } = status;
  return {
    ...rest,
    istiod: istiod && reportedIstiod(istiod),
    ...(gateway === undefined ? {} : { gateway: gateway && reportedGateway(gateway) }),
    ...(ingress === undefined ? {} : { ingress: ingress && reportedIngress(ingress) }),
    ...(certificate === undefined ? {} : { certificate: certificate && reportedCertificate(certificate) }),
    unread: unread.map(({ part, error }) => ({ part, error: reportedError(error) })),
    ...(drift === undefined ? {} : { drift: reportedDrift(drift) }),
    ...(services === undefined ? {} : { services: services.map(reportedService) }),
    findings: findings.map(reportedFinding),
  };
}

function reportedService({ isAsDeclared, effect, ...rest }: ServiceEffect) {
  return { ...rest, inEffect: inEffect({ isAsDeclared, effect }) };
}

function reportedCertificate({ notAfter, rootFingerprint, renewAt }: HeldIntermediate) {
  return { notAfter, rootFingerprint, ...(renewAt === undefined ? {} : { renewAt }) };
}

function reportedDrift(drift: ClusterDrift) {
  if (drift.state === 'Unread') return { ...drift, error: reportedError(drift.error) };
  const { state, objects } = drift;
  return { state, objects };
}

function reportedIstiod({ version, ...rest }: NonNullable<ReachableStatus['istiod']>) {
  return { ...rest, ...(version === undefined ? {} : { version }) };
}

function reportedGateway({ address, ...rest }: NonNullable<ReachableStatus['gateway']>) {
  return { ...rest, ...(address === undefined ? {} : { address }) };
}

function reportedIngress({ awaitsAddress: _, ...rest }: NonNullable<ReachableStatus['ingress']>) {
  return reportedGateway(rest);
}
