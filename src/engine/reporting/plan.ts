import { partsOf } from '../../base/remedy.ts';
import { type ClusterPlan, changesOf, type MeshPlan, type PlannedChange, totalsOf } from '../../plan/mesh-plan.ts';
import type {
  PlanReport,
  PlannedChange as ReportedChange,
  ClusterPlan as ReportedCluster,
  PlanTraffic as ReportedTraffic,
} from '../../report/plan.ts';
import { apiVersion } from '../../report/schema.ts';
import type { PlanTraffic } from '../plan-traffic.ts';
import { reportedError } from './error.ts';
import { whatifReport } from './whatif.ts';

/** The report of a plan. `requests` were sent to the API servers for it. */
export function planReport(plan: MeshPlan, traffic: PlanTraffic, requests: number): PlanReport {
  return {
    apiVersion,
    kind: 'MeshPlan',
    mesh: plan.mesh,
    istio: plan.istio,
    ...(plan.otherIstios === undefined ? {} : { otherIstios: plan.otherIstios }),
    totals: totalsOf(changesOf(plan)),
    clusters: plan.clusters.map(reportedCluster),
    traffic: reportedTraffic(traffic),
    requests,
  };
}

function reportedCluster(cluster: ClusterPlan): ReportedCluster {
  switch (cluster.outcome) {
    case 'Failed':
      return { ...cluster, error: reportedError(cluster.error) };
    case 'Planned':
      return { ...cluster, changes: cluster.changes.map(reportedChange), totals: totalsOf(cluster.changes) };
    case 'Left':
      return cluster;
  }
}

function reportedChange({ error, ...change }: PlannedChange): ReportedChange {
  return error === undefined ? change : { ...change, error: reportedError(error) };
}

export function reportedTraffic(traffic: PlanTraffic): ReportedTraffic {
  switch (traffic.outcome) {
    case 'None':
      return traffic;
    case 'Predicted':
      return {
        outcome: 'Predicted',
        change: whatifReport(traffic.change),
        gaps: traffic.gaps.map(({ message, remedy }) => ({ message, remedy: partsOf(remedy) })),
      };
    case 'NotPredicted':
      return { outcome: 'NotPredicted', message: traffic.message, remedy: partsOf(traffic.remedy) };
  }
}
