import { pausedAnnotation } from '../../api/mesh-cluster-status.ts';
import { objectsAt, textAt, valueAt } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import type { OperatorStatus } from '../../report/operator.ts';
import { ageOf } from './leader.ts';

/** What the home cluster says of a cluster, from its MeshCluster. */
export function shownCluster({ metadata, spec, status }: KubeObject, now: number): OperatorStatus['clusters'][number] {
  const paused = metadata.annotations?.[pausedAnnotation];
  const conditions = objectsAt(status, ['conditions']).map((condition) => ({
    type: textAt(condition, ['type']) ?? '',
    status: statusOf(textAt(condition, ['status'])),
    reason: textAt(condition, ['reason']) ?? '',
    message: textAt(condition, ['message']) ?? '',
    ageSeconds: ageOf(textAt(condition, ['lastProbeTime']), now),
  }));
  // The annotation on the Mesh pauses every cluster.
  const isHeldBack = conditions.some(({ type, reason }) => type === 'UpToDate' && reason === 'Paused');
  return {
    cluster: metadata.name,
    network: textAt(spec, ['network']) ?? '',
    phase: textAt(status, ['phase']) ?? null,
    isCurrent: valueAt(status, ['observedGeneration']) === metadata.generation,
    isPaused: isHeldBack || (paused !== undefined && paused !== 'false'),
    conditions,
  };
}

function statusOf(text: string | undefined): 'True' | 'False' | 'Unknown' {
  return text === 'True' || text === 'False' ? text : 'Unknown';
}
