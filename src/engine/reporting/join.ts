import type { JoinReport } from '../../join/check-join.ts';
import type { JoinReport as ReportedJoin } from '../../report/join.ts';
import { apiVersion } from '../../report/schema.ts';
import { reportedError } from './error.ts';
import { reportedFinding } from './finding.ts';

export function joinReport({ mesh, cluster, members, findings, standing }: JoinReport): ReportedJoin {
  return {
    apiVersion,
    kind: 'JoinReport',
    mesh,
    cluster,
    members,
    ok: standing.length === 0 && findings.every(({ severity }) => severity !== 'error'),
    findings: findings.map(reportedFinding),
    errors: standing.map(reportedError),
  };
}
