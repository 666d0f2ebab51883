import type { Condition, ConditionReason, ConditionType } from '../api/mesh-cluster-status.ts';
import type { JsonObject } from '../base/json.ts';
import { objectsAt, textAt } from '../base/json.ts';
import { pausedServiceText } from './outcome.ts';

/** What is known of a cluster when the status of a Mesh or of a MeshService is written. */
export interface ClusterKnowledge {
  readonly name: string;
  /** As they were written last; nothing where they are about earlier documents. */
  readonly conditions: readonly Condition[];
}

export interface WholeKnowledge {
  readonly now: number;
  readonly generation: number;
  /** Clusters are not brought to what it declares. */
  readonly isPaused: boolean;
  readonly clusters: readonly ClusterKnowledge[];
  /** What the conditions are about. */
  readonly types: readonly ConditionType[];
  /** The status as it was written last. */
  readonly before: JsonObject;
}

/** The status of a document that is about every cluster: each condition is what the conditions of the clusters are together. */
export function wholeStatusOf({ now, generation, isPaused, clusters, types, before }: WholeKnowledge): JsonObject {
  const conditions = types.map((type): JsonObject => {
    const { status, reason, message } = isPaused ? notCompared : together(type, clusters);
    const earlier = objectsAt(before, ['conditions']).find((one) => textAt(one, ['type']) === type);
    const since = textAt(earlier, ['status']) === status ? textAt(earlier, ['lastTransitionTime']) : undefined;
    const lastTransitionTime = since ?? `${new Date(now).toISOString().slice(0, 19)}Z`;
    return { type, status, reason, message, lastTransitionTime, observedGeneration: generation };
  });
  return { observedGeneration: generation, conditions };
}

interface Together {
  readonly status: Condition['status'];
  readonly reason: ConditionReason;
  readonly message: string;
}

const notCompared: Together = { status: 'Unknown', reason: 'Paused', message: `${pausedServiceText}.` };

const longestMessage = 32_000;

/** What is wrong in one cluster is wrong, and what is not known of one is not known. */
function together(type: ConditionType, clusters: readonly ClusterKnowledge[]): Together {
  const found = clusters.map(({ name, conditions }) => ({
    name,
    condition: conditions.find((one) => one.type === type),
  }));
  const of = (status: Condition['status']) => found.find(({ condition }) => condition?.status === status);
  const unread = found.find(({ condition }) => condition === undefined);
  if (clusters.length === 0) return { status: 'Unknown', reason: 'NotLooked', message: 'There is no MeshCluster.' };
  const worst = of('False') ?? of('Unknown');
  if (worst?.condition !== undefined) {
    const { status, reason, message } = worst.condition;
    return { status, reason, message: `${worst.name}: ${message}`.slice(0, longestMessage) };
  }
  if (unread !== undefined) {
    return {
      status: 'Unknown',
      reason: 'Reconciling',
      message: `${unread.name} was not compared with this document yet.`,
    };
  }
  const message =
    clusters.length === 1 ? 'It is so in its one cluster.' : `It is so in all ${clusters.length} clusters.`;
  return { status: 'True', reason: type === 'UpToDate' ? 'Applied' : 'Confirmed', message };
}
