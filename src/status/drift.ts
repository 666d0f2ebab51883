import type { ClusterName } from '../api/name.ts';
import { driftFindings } from '../diagnose/checks/drift.ts';
import type { ClusterDrift } from '../diagnose/facts/drift.ts';
import type { ClusterStatus } from './cluster-status.ts';

/**
 * The statuses with what differs from what is declared; `at` is RFC 3339. A cluster that holds another mesh differs in
 * everything, and has a finding of its own for that.
 */
export function withDrift(
  statuses: readonly ClusterStatus[],
  drifts: ReadonlyMap<ClusterName, ClusterDrift>,
  at: string,
): readonly ClusterStatus[] {
  return statuses.map((status) => {
    const drift = drifts.get(status.cluster);
    if (!status.reachable || drift === undefined) return status;
    if (status.findings.some(({ code }) => code === 'mesh-differs')) return status;
    return { ...status, drift, findings: [...status.findings, ...driftFindings(status.cluster, drift, { at })] };
  });
}
