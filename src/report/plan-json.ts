import type { PlanTraffic } from '../engine/plan-traffic.ts';
import { type ClusterPlan, changesOf, type MeshPlan, totalsOf } from '../plan/mesh-plan.ts';
import { errorJson } from './apply-json.ts';
import { whatifJson } from './whatif-json.ts';

/** What `isthmus plan -o json` prints (docs/json.md). `requests` were sent to the API servers for it. */
export function planJson(plan: MeshPlan, traffic: PlanTraffic, requests: number): unknown {
  const clusters = plan.clusters.map(clusterJson);
  return { ...plan, totals: totalsOf(changesOf(plan)), clusters, traffic: trafficJson(traffic), requests };
}

function trafficJson(traffic: PlanTraffic): unknown {
  return traffic.outcome === 'Predicted' ? { ...traffic, change: whatifJson(traffic.change) } : traffic;
}

function clusterJson(cluster: ClusterPlan): unknown {
  switch (cluster.outcome) {
    case 'Failed':
      return { ...cluster, error: errorJson(cluster.error) };
    case 'Planned':
      return { ...cluster, totals: totalsOf(cluster.changes) };
    case 'Left':
      return cluster;
  }
}
