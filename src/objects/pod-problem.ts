import { type JsonObject, objectsAt, valueAt } from '../base/json.ts';
import type { KubeObject } from './object.ts';

/** What keeps a container from running. */
export interface ContainerProblem {
  readonly container: string;
  readonly reason: string;
  readonly text: string;
}

/** Waiting reasons that no amount of time changes. */
const hopeless = new Set(['ErrImageNeverPull', 'InvalidImageName', 'ImageInspectError', 'CreateContainerConfigError']);

const pulling = new Set(['ErrImagePull', 'ImagePullBackOff']);
/** The answers of registries for an image that they do not have, as containerd and CRI-O repeat them; a back-off too. */
const noSuchImage = /not ?found|manifest unknown|repository does not exist|no match for platform/i;

/** True where the problem does not end by itself. */
export function isHopeless({ reason, text }: ContainerProblem): boolean {
  return hopeless.has(reason) || (isPulling({ reason }) && noSuchImage.test(text));
}

/** True where the container's image cannot be pulled for now. */
export function isPulling({ reason }: Pick<ContainerProblem, 'reason'>): boolean {
  return pulling.has(reason);
}

/** The states of a pod's containers, those of its init containers first. */
export function containerStatuses(pod: KubeObject): readonly JsonObject[] {
  return ['initContainerStatuses', 'containerStatuses'].flatMap((key) => objectsAt(pod, ['status', key]));
}

/** What keeps a container from running, by its status; undefined where nothing does, or it is just starting. */
export function containerProblem(status: JsonObject): ContainerProblem | undefined {
  const container = String(status.name);
  const exit = valueAt(status, ['state', 'terminated', 'exitCode']);
  if (typeof exit === 'number' && exit !== 0) {
    const reason = String(valueAt(status, ['state', 'terminated', 'reason']) ?? 'Error');
    return { container, reason, text: `container ${container} ended with code ${exit} (${reason})` };
  }
  const reason = valueAt(status, ['state', 'waiting', 'reason']);
  if (typeof reason !== 'string' || reason === 'PodInitializing' || reason === 'ContainerCreating') return undefined;
  const message = valueAt(status, ['state', 'waiting', 'message']);
  const said = typeof message === 'string' ? `: ${message}` : '';
  return { container, reason, text: `container ${container} waits: ${reason}${said}` };
}

/** A condition of an object's status. */
export function conditionOf(object: KubeObject, type: string): JsonObject | undefined {
  return objectsAt(object, ['status', 'conditions']).find((condition) => condition.type === type);
}
