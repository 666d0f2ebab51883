import type { ObjectRef } from '../../report/object-ref.ts';
import type { PlanReport } from '../../report/plan.ts';

/** One line for each object that would change: its cluster, then what `kubectl get` takes for it. */
export function namesText({ clusters }: PlanReport): string {
  const lines = clusters.flatMap((cluster) =>
    cluster.outcome === 'Planned' ? cluster.changes.map(({ ref }) => `${cluster.cluster} ${nameOf(ref)}\n`) : [],
  );
  return lines.join('');
}

function nameOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${kind.toLowerCase()}${group}/${name}${namespace === undefined ? '' : ` -n ${namespace}`}`;
}
