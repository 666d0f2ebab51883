import type { PlanReport } from '../../src/report/plan.ts';

/** What a plan would do, as `west: Create Secret cacerts`; an error where a cluster could not be planned. */
export function plannedChanges({ clusters }: PlanReport): readonly string[] {
  return clusters.flatMap((cluster) => {
    if (cluster.outcome !== 'Planned') throw new Error(`${cluster.cluster}: ${cluster.outcome}`);
    return cluster.changes.map(({ action, ref }) => `${cluster.cluster}: ${action} ${ref.kind} ${ref.name}`);
  });
}
