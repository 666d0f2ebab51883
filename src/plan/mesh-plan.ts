import type { ClusterName } from '../api/name.ts';
import type { DriftedField } from '../base/drifted-field.ts';
import type { IsthmusError } from '../base/error.ts';
import type { Stage } from '../istio/stages.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { FieldChange } from './diff.ts';
import type { DeletionGuard } from './guard.ts';
import type { Kept } from './prune.ts';

/** One thing that an apply would do to one object. */
export interface PlannedChange {
  /** `Release` removes what we set on a namespace of a user. */
  readonly action: 'Create' | 'Update' | 'Release' | 'Delete';
  readonly stage: Stage;
  readonly ref: ObjectRef;
  readonly reason: string;
  /** What of it was changed or removed by someone else since it was applied. */
  readonly drift: readonly DriftedField[];
  /** The fields whose values would change; none where the object is made or deleted as a whole. */
  readonly fields: readonly FieldChange[];
  /** What is lost with it that a later apply could not bring back, e.g. an address. */
  readonly loss?: string;
  /** Why the API server refuses it, as the apply would hear. */
  readonly error?: IsthmusError;
}

/** Something that must be true before a cluster's part goes on. */
export interface Barrier {
  readonly stage: Stage;
  /** `Before` the stage begins, or `After` its objects were applied. */
  readonly when: 'Before' | 'After';
  readonly awaits: string;
}

/** An object with fields that others changed and that are left to them (`spec.drift: Respect`). */
export interface RespectedDrift {
  readonly ref: ObjectRef;
  readonly drift: readonly DriftedField[];
}

export interface PlannedCluster {
  readonly cluster: ClusterName;
  readonly outcome: 'Planned';
  /** The API server's URL. */
  readonly server: string;
  /** In the order in which they would happen; deletions last. */
  readonly changes: readonly PlannedChange[];
  /** What the cluster's part would wait for on the way. */
  readonly barriers: readonly Barrier[];
  readonly respected: readonly RespectedDrift[];
  /** Objects that are no longer in the mesh and that stay, and why. */
  readonly kept: readonly Kept[];
  /** How many objects are unchanged. */
  readonly unchanged: number;
  readonly guard: DeletionGuard;
  /** What is worth knowing and changes nothing. */
  readonly notices: readonly string[];
}

export type ClusterPlan =
  | PlannedCluster
  | { readonly cluster: ClusterName; readonly outcome: 'Failed'; readonly error: IsthmusError }
  | { readonly cluster: ClusterName; readonly outcome: 'Left' };

/** What an apply would do to a mesh, cluster by cluster in the order of the file. */
export interface MeshPlan {
  readonly mesh: string;
  /** The Istio version that the mesh asks for. */
  readonly istio: string;
  /** The clusters that ask for another one. Left out: none. */
  readonly otherIstios?: readonly { readonly cluster: string; readonly version: string }[];
  readonly clusters: readonly ClusterPlan[];
}

export interface PlanTotals {
  readonly create: number;
  readonly change: number;
  readonly delete: number;
}

/** How many objects a list of changes would make, change and delete. */
export function totalsOf(changes: readonly PlannedChange[]): PlanTotals {
  const count = (...actions: readonly PlannedChange['action'][]): number =>
    changes.filter(({ action }) => actions.includes(action)).length;
  return { create: count('Create'), change: count('Update', 'Release'), delete: count('Delete') };
}

/** The changes of every cluster that could be planned. */
export function changesOf({ clusters }: MeshPlan): readonly PlannedChange[] {
  return clusters.flatMap((cluster) => (cluster.outcome === 'Planned' ? cluster.changes : []));
}
