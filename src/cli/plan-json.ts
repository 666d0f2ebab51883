import { type ClusterPlan, changesOf, type MeshPlan, totalsOf } from '../plan/mesh-plan.ts';
import { errorJson } from './apply-json.ts';

/** What `isthmus plan -o json` prints (docs/json.md). */
export function planJson(plan: MeshPlan): unknown {
  return { ...plan, totals: totalsOf(changesOf(plan)), clusters: plan.clusters.map(clusterJson) };
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
