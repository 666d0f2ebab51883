import type { JoinReport } from '../../join/check-join.ts';
import type { JoinReport as ReportedJoin } from '../../report/join.ts';
import { apiVersion } from '../../report/schema.ts';
import { reportedError } from './error.ts';
import { reportedFinding } from './finding.ts';

export function joinReport({ mesh, cluster, members, findings, error }: JoinReport): ReportedJoin {
  return {
    apiVersion,
    kind: 'JoinReport',
    mesh,
    cluster,
    members,
    ok: error === undefined && findings.every(({ severity }) => severity !== 'error'),
    findings: findings.map(reportedFinding),
    ...(error === undefined ? {} : { error: reportedError(error) }),
  };
}
