import { valueAt } from '../base/json.ts';
import type { PodFacts } from '../diagnose/facts/probe.ts';
import type { KubeObject } from '../objects/object.ts';
import { conditionOf, containerProblem, containerStatuses, isHopeless, isPulling } from '../objects/pod-problem.ts';
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

/** A pod's state from its status. */
export function podStateOf(pod: KubeObject | undefined): PodState {
  if (pod === undefined) return absentPod;
  const phase = valueAt(pod, ['status', 'phase']);
  const ip = valueAt(pod, ['status', 'podIP']);
  const statuses = containerStatuses(pod);
  const probe = statuses.find((status) => status.name === probeContainer);
  const sidecar = statuses.find((status) => status.name === sidecarContainer);
  const problem = statuses.map(containerProblem).find((found) => found !== undefined);
  const started =
    valueAt(probe, ['state', 'running']) !== undefined || valueAt(probe, ['state', 'terminated']) !== undefined;
  const ownProblem = probe === undefined ? undefined : containerProblem(probe);
  const lacksImage = ownProblem !== undefined && (isPulling(ownProblem) || isHopeless(ownProblem));
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

function waitingFor(pod: KubeObject): string {
  const reason = valueAt(pod, ['status', 'message']) ?? conditionOf(pod, 'PodScheduled')?.message;
  if (typeof reason === 'string') return reason;
  const unready = containerStatuses(pod)
    .filter((status) => status.ready !== true)
    .map((status) => String(status.name));
  const phase = String(valueAt(pod, ['status', 'phase']) ?? 'Pending');
  return unready.length === 0 ? `the pod is ${phase}` : `the pod is ${phase}; not ready: ${unready.join(', ')}`;
}
