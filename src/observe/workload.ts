import { valueAt } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';

/** How far a Deployment is. */
export interface Rollout {
  readonly wanted: number;
  readonly available: number;
  /** The controller has seen the latest spec, every pod is of it and available. */
  readonly complete: boolean;
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
  return { wanted, available, complete };
}
