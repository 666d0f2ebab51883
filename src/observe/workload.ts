import { objectsAt, valueAt } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';

/** How far a Deployment is. */
export interface Rollout {
  /** False where there is none. */
  readonly exists: boolean;
  readonly wanted: number;
  readonly available: number;
  /** Pods of the latest spec. */
  readonly updated: number;
  /** The controller has seen the latest spec, every pod is of it and available. */
  readonly complete: boolean;
  /** Why the controller has given the rollout up; left out where it has not. */
  readonly stalled?: string;
  /** Who scaled it to 0, by its field manager; left out where it is not, or where none is noted. */
  readonly scaledBy?: string;
}

/** The rules of `kubectl rollout status` (k8s.io/kubectl pkg/polymorphichelpers/rollout_status.go). */
export function rolloutOf(deployment: KubeObject | undefined): Rollout {
  const number = (...path: string[]): number => {
    const value = deployment === undefined ? undefined : valueAt(deployment, path);
    return typeof value === 'number' ? value : 0;
  };
  const wanted = number('spec', 'replicas');
  const available = number('status', 'availableReplicas');
  const updated = number('status', 'updatedReplicas');
  const seen = number('status', 'observedGeneration') >= number('metadata', 'generation');
  const complete =
    deployment !== undefined &&
    seen &&
    updated >= wanted &&
    number('status', 'replicas') <= updated &&
    available >= wanted;
  const stalled = stalledText(deployment);
  const scaledBy = deployment !== undefined && wanted === 0 ? scalerOf(deployment) : undefined;
  return {
    exists: deployment !== undefined,
    wanted,
    available,
    updated: seen ? updated : 0,
    complete,
    ...(stalled === undefined ? {} : { stalled }),
    ...(scaledBy === undefined ? {} : { scaledBy }),
  };
}

function stalledText(deployment: KubeObject | undefined): string | undefined {
  const progress = objectsAt(deployment, ['status', 'conditions']).find(({ type }) => type === 'Progressing');
  if (progress?.reason !== 'ProgressDeadlineExceeded') return undefined;
  return typeof progress.message === 'string' ? progress.message : progress.reason;
}

/** The field manager of spec.replicas; after `kubectl scale` to 0 there is none. */
function scalerOf(deployment: KubeObject | undefined): string | undefined {
  const holders = objectsAt(deployment, ['metadata', 'managedFields']).filter(
    (entry) => valueAt(entry, ['fieldsV1', 'f:spec', 'f:replicas']) !== undefined,
  );
  const manager = holders.at(-1)?.manager;
  return typeof manager === 'string' ? manager : undefined;
}
