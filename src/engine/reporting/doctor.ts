import type { Diagnosis } from '../../diagnose/causes/diagnose.ts';
import type { DoctorReport } from '../../report/doctor.ts';
import { apiVersion } from '../../report/schema.ts';
import type { StatusReport } from '../../report/status.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { reportedFinding } from './finding.ts';
import { requirementsOf } from './requirements.ts';

export function doctorReport(
  resolved: ResolvedMesh,
  status: StatusReport,
  { verdict, causes, pairs, flows }: Diagnosis,
): DoctorReport {
  const { readAt, clusters } = status;
  return {
    apiVersion,
    kind: 'DoctorReport',
    mesh: resolved.name,
    readAt,
    ok: verdict === 'Yes',
    verdict,
    clusters: clusters.map((one) =>
      one.reachable ? { cluster: one.cluster } : { cluster: one.cluster, error: one.error },
    ),
    findings: causes.map(({ finding, consequences }) => ({
      ...reportedFinding(finding),
      consequences: consequences.map(reportedFinding),
    })),
    pairs,
    requirements: requirementsOf(resolved, status),
    ...(flows === undefined ? {} : { predicted: { pairs: flows.total, lost: flows.lost, unknown: flows.open } }),
  };
}
