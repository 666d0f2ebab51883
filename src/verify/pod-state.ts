import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import type { PodFacts } from '../diagnose/facts/probe.ts';
import type { KubeObject } from '../objects/object.ts';
import { probeContainer, sidecarContainer } from '../probe/protocol.ts';

/** How far a probe pod has come. */
export interface PodState extends PodFacts {
  readonly exists: boolean;
  /** The pod can no longer become ready. */
  readonly failed: boolean;
  readonly ip: string | undefined;
}

export const absentPod: PodState = {
  exists: false,
  ready: false,
  started: false,
  waitsForSidecar: false,
  blocked: false,
  failed: false,
  ip: undefined,
  detail: 'the pod does not exist',
};

/** Waiting reasons that no amount of time changes. */
const hopeless = new Set(['ErrImageNeverPull', 'InvalidImageName', 'ImageInspectError', 'CreateContainerConfigError']);

const pulling = new Set(['ErrImagePull', 'ImagePullBackOff']);
/** The answers of registries for an image that they do not have, as containerd and CRI-O repeat them; a back-off too. */
const noSuchImage = /not ?found|manifest unknown|repository does not exist|no match for platform/i;

function isHopeless({ reason, text }: Problem): boolean {
  return hopeless.has(reason) || (pulling.has(reason) && noSuchImage.test(text));
}

/** A pod's state from its status. */
export function podStateOf(pod: KubeObject | undefined): PodState {
  if (pod === undefined) return absentPod;
  const phase = valueAt(pod, ['status', 'phase']);
  const ip = valueAt(pod, ['status', 'podIP']);
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((key) => objectsAt(pod, ['status', key]));
  const probe = statuses.find((status) => status.name === probeContainer);
  const sidecar = statuses.find((status) => status.name === sidecarContainer);
  const problem = statuses.map(problemOf).find((found) => found !== undefined);
  const started =
    valueAt(probe, ['state', 'running']) !== undefined || valueAt(probe, ['state', 'terminated']) !== undefined;
  const ownProblem = probe === undefined ? undefined : problemOf(probe);
  const lacksImage = ownProblem !== undefined && (pulling.has(ownProblem.reason) || isHopeless(ownProblem));
  const sidecarRuns = valueAt(sidecar, ['state', 'running']) !== undefined;
  return {
    exists: true,
    ready: conditionOf(pod, 'Ready')?.status === 'True',
    started,
    blocked: lacksImage || conditionOf(pod, 'PodScheduled')?.status === 'False',
    waitsForSidecar: !started && sidecarRuns && sidecar?.ready !== true,
    failed: phase === 'Failed' || (problem !== undefined && isHopeless(problem)),
    ip: typeof ip === 'string' ? ip : undefined,
    detail: problem?.text ?? waitingFor(pod),
  };
}

interface Problem {
  readonly reason: string;
  readonly text: string;
}

function problemOf(status: JsonObject): Problem | undefined {
  const name = String(status.name);
  const exit = valueAt(status, ['state', 'terminated', 'exitCode']);
  if (typeof exit === 'number' && exit !== 0) {
    const reason = String(valueAt(status, ['state', 'terminated', 'reason']) ?? 'Error');
    return { reason, text: `container ${name} ended with code ${exit} (${reason})` };
  }
  const reason = valueAt(status, ['state', 'waiting', 'reason']);
  if (typeof reason !== 'string' || reason === 'PodInitializing' || reason === 'ContainerCreating') return undefined;
  const message = valueAt(status, ['state', 'waiting', 'message']);
  return { reason, text: `container ${name} waits: ${reason}${typeof message === 'string' ? `: ${message}` : ''}` };
}

function waitingFor(pod: KubeObject): string {
  const reason = valueAt(pod, ['status', 'message']) ?? conditionOf(pod, 'PodScheduled')?.message;
  if (typeof reason === 'string') return reason;
  const unready = ['initContainerStatuses', 'containerStatuses']
    .flatMap((key) => objectsAt(pod, ['status', key]))
    .filter((status) => status.ready !== true)
    .map((status) => String(status.name));
  const phase = String(valueAt(pod, ['status', 'phase']) ?? 'Pending');
  return unready.length === 0 ? `the pod is ${phase}` : `the pod is ${phase}; not ready: ${unready.join(', ')}`;
}

function conditionOf(pod: KubeObject, type: string): JsonObject | undefined {
  return objectsAt(pod, ['status', 'conditions']).find((condition) => condition.type === type);
}

function objectsAt(value: Json, path: readonly string[]): JsonObject[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
