import { istiodVersionFindings } from '../diagnose/checks/cluster/skew-istiod.ts';
import type { ClusterStatus } from './cluster-status.ts';

/** The statuses with what the versions of the clusters' istiods have against each other; `at` is RFC 3339. */
export function withMeshSkew(statuses: readonly ClusterStatus[], at: string): readonly ClusterStatus[] {
  const present = statuses.flatMap((status) =>
    status.reachable ? [{ cluster: status.cluster, revision: 'default', version: status.istiod?.version }] : [],
  );
  return statuses.map((status) => {
    const found = status.reachable ? istiodVersionFindings(status, present, at) : [];
    return found.length === 0 ? status : { ...status, findings: [...status.findings, ...found] };
  });
}
