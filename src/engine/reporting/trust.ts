import { apiVersion } from '../../report/schema.ts';
import type { ClusterTrust as ReportedTrust, TrustReport } from '../../report/trust.ts';
import type { ClusterTrust, MeshTrustReport, ProxyTrust } from '../../trust/report.ts';
import { reportedError } from './error.ts';
import { reportedFinding } from './finding.ts';

export function trustReport({ issuer, clusters, findings, ...rest }: MeshTrustReport): TrustReport {
  return {
    apiVersion,
    kind: 'TrustReport',
    ok: rest.verdict === 'Yes',
    ...rest,
    ...(issuer === undefined ? {} : { issuer }),
    clusters: clusters.map(reportedTrust),
    findings: findings.map(reportedFinding),
  };
}

function reportedTrust(trust: ClusterTrust): ReportedTrust {
  if (!trust.reachable) return { ...trust, error: reportedError(trust.error) };
  const { intermediate, proxies, ...rest } = trust;
  return {
    ...rest,
    ...(intermediate === undefined ? {} : { intermediate }),
    proxies: { total: proxies.total, asked: proxies.asked.map(reportedProxy) },
  };
}

function reportedProxy({ identity, notAfter, signer, ...rest }: ProxyTrust) {
  return {
    ...rest,
    ...(identity === undefined ? {} : { identity }),
    ...(notAfter === undefined ? {} : { notAfter }),
    ...(signer === undefined ? {} : { signer }),
  };
}
