import type { UnreachablePolicy } from '../api/mesh-cluster.ts';
import type { MeshClusterStatus } from '../api/mesh-cluster-status.ts';
import type { Absences } from '../engine/options.ts';
import type { ClusterStatus } from '../report/status.ts';

/** What the others do about a cluster that is not reached. */
export type AbsenceStage =
  /** Nothing: what Istio does by itself. */
  | 'Kept'
  /** They send nothing there. */
  | 'Drained'
  /** They are brought to the mesh without it. */
  | 'Removed';

export interface Absence {
  readonly stage: AbsenceStage;
  /** Since when, in milliseconds since the epoch; undefined where another process brought it to this stage. */
  readonly since: number | undefined;
}

/** So long nobody reaches a cluster before the others stop sending there. */
export const drainAfterMs = 300_000;
/** So long it is drained before the others are brought to the mesh without it. */
export const removeAfterMs = 600_000;

export interface AbsenceFacts {
  readonly now: number;
  readonly policy: UnreachablePolicy;
  /** Since when it is confirmed that the operator does not reach it; undefined where it does, or where that is not confirmed. */
  readonly awaySince: number | undefined;
  /** The istiod of another cluster gets answers from it: only the operator's own way is broken. */
  readonly isAnswering: boolean;
  /** The mesh can do without it. */
  readonly mayLeave: boolean;
}

/** One step of a cluster's absence: drained before it is removed, and back at once when it answers. */
export function nextAbsence(before: Absence, facts: AbsenceFacts): Absence {
  const { now, policy, awaySince, isAnswering, mayLeave } = facts;
  const kept: Absence = before.stage === 'Kept' ? before : { stage: 'Kept', since: now };
  if (policy === 'Keep' || awaySince === undefined) return kept;
  if (before.stage === 'Kept') {
    return now - awaySince >= drainAfterMs && !isAnswering ? { stage: 'Drained', since: now } : before;
  }
  const since = before.since ?? now;
  if (before.stage === 'Removed') return policy === 'Remove' ? { ...before, since } : { stage: 'Drained', since: now };
  const isRipe = policy === 'Remove' && mayLeave && now - since >= removeAfterMs;
  return isRipe ? { stage: 'Removed', since: now } : { ...before, since };
}

/** What a process that begins finds in the status that another one wrote. */
export function absenceIn({ conditions = [] }: MeshClusterStatus): Absence {
  const reason = conditions.find(({ type }) => type === 'UpToDate')?.reason;
  return { stage: reason === 'Drained' || reason === 'Removed' ? reason : 'Kept', since: undefined };
}

/** Since when it is confirmed that the API server of a cluster does not answer, as it was written. */
export function awaySince({ conditions = [] }: MeshClusterStatus): number | undefined {
  const found = conditions.find(({ type }) => type === 'Reachable');
  const isAway = found?.status === 'False' && found.reason === 'Unreachable';
  return isAway ? Date.parse(found.lastTransitionTime) : undefined;
}

/** Whether the istiod of a cluster that was looked at gets answers from another one. */
export function hearsOf(status: ClusterStatus | undefined, name: string): boolean {
  return status?.reachable === true && status.peers.some(({ peer, answers }) => peer === name && answers === 'Yes');
}

export interface Member {
  readonly name: string;
  readonly stage: AbsenceStage;
  /** It is being taken out of the mesh. */
  readonly isLeaving: boolean;
}

/** What a cluster does without for now. */
export function absencesFor(cluster: string, members: readonly Member[]): Absences {
  const others = members.filter(({ name }) => name !== cluster);
  const named = (of: readonly Member[]): readonly string[] => of.map(({ name }) => name);
  const without = others.filter(({ stage, isLeaving }) => isLeaving || stage === 'Removed');
  const drained = others.filter((one) => one.stage === 'Drained' && !without.includes(one));
  return {
    ...(without.length === 0 ? {} : { without: named(without) }),
    ...(drained.length === 0 ? {} : { drained: named(drained) }),
  };
}
