import type { ClusterName } from '../api/name.ts';
import type { IsthmusError } from '../base/error.ts';
import { unreadPartFindings } from '../diagnose/checks/cluster/part-unread.ts';
import { driftFindings } from '../diagnose/checks/drift.ts';
import { serviceFindings } from '../diagnose/checks/services.ts';
import type { ClusterDrift } from '../diagnose/facts/drift.ts';
import type { ServiceEffect } from '../diagnose/facts/service.ts';
import type { ClusterStatus, ReachableStatus } from './cluster-status.ts';

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
    if (!isOfMesh(status) || drift === undefined) return status;
    return { ...status, drift, findings: [...status.findings, ...driftFindings(status.cluster, drift, { at })] };
  });
}

/** The statuses with the effects of the declared MeshServices; `at` is RFC 3339. */
export function withServices(
  statuses: readonly ClusterStatus[],
  effectsIn: (cluster: ClusterName) => readonly ServiceEffect[],
  at: string,
): readonly ClusterStatus[] {
  return statuses.map((status) => {
    if (!isOfMesh(status)) return status;
    const services = effectsIn(status.cluster);
    return {
      ...status,
      services,
      findings: [...status.findings, ...serviceFindings(status.cluster, services, { at })],
    };
  });
}

/**
 * The statuses with why the shifts could not be read, at the home cluster that keeps them: as long as one is not known, what is
 * declared for a service may not be what holds.
 */
export function withUnreadShifts(
  statuses: readonly ClusterStatus[],
  { home, error, at }: { readonly home: ClusterName; readonly error: IsthmusError; readonly at: string },
): readonly ClusterStatus[] {
  return statuses.map((status) => {
    if (status.cluster !== home || !isOfMesh(status)) return status;
    const unread = [{ part: 'Shifts', error }] as const;
    return {
      ...status,
      unread: [...status.unread, ...unread],
      findings: [...status.findings, ...unreadPartFindings({ cluster: home, unread }, { at })],
    };
  });
}

function isOfMesh(status: ClusterStatus): status is ReachableStatus {
  return status.reachable && status.findings.every(({ code }) => code !== 'mesh-differs');
}
