import type { Finding } from '../base/finding.ts';
import type { ProbeTarget, TargetEvidence } from '../probe/protocol.ts';
import type { ClusterFacts, TargetFacts } from './facts.ts';
import { absentPod, type PodState } from './pod-state.ts';
import type { ClusterResult } from './report.ts';

/** What a run learned of one cluster or did there. `at` is monotonic milliseconds, `readAt` RFC 3339. */
export type Observation =
  /** The cluster takes no part, or no further part. The first reason counts. */
  | { readonly type: 'Refused'; readonly problem: Finding }
  | { readonly type: 'NamespaceRequested' }
  /** What the client calls. */
  | { readonly type: 'Planned'; readonly targets: readonly ProbeTarget[] }
  | { readonly type: 'PodsCreated'; readonly at: number }
  | {
      readonly type: 'PodsSeen';
      readonly server: PodState;
      readonly client: PodState;
      readonly at: number;
      readonly readAt: string;
    }
  | { readonly type: 'LogRead'; readonly readAt: string }
  | { readonly type: 'Unread'; readonly what: 'Pods' | 'Log'; readonly problem: string }
  | { readonly type: 'Sidecar'; readonly sidecar: NonNullable<ClusterFacts['sidecar']>; readonly at: number }
  | { readonly type: 'Reached'; readonly service: string }
  /** A target that was not reached so far; one that was measured stays measured. */
  | { readonly type: 'Pending'; readonly service: string; readonly evidence: TargetEvidence }
  | { readonly type: 'Measured'; readonly service: string; readonly evidence: TargetEvidence }
  | { readonly type: 'Complete' }
  | { readonly type: 'CleanedUp'; readonly outcome: ClusterResult['cleanUp'] }
  /** An expired namespace of an earlier run was deleted. */
  | { readonly type: 'Swept'; readonly namespace: string }
  /** A namespace that is marked like one of an earlier run was left, and why. */
  | { readonly type: 'Spared'; readonly namespace: string; readonly reason: string }
  /** The namespaces of earlier runs could not be looked for, and why. */
  | { readonly type: 'Unswept'; readonly reason: string };

/** What all observations of a cluster come to. Times are monotonic milliseconds. */
export interface ClusterState {
  readonly problem: Finding | undefined;
  /** Empty until it is known which clusters take part. */
  readonly planned: readonly ProbeTarget[];
  readonly server: PodState;
  readonly clientPod: PodState;
  readonly podsCreatedAt: number | undefined;
  readonly serverReadyAt: number | undefined;
  readonly sidecarReadyAt: number | undefined;
  readonly podsReadyAt: number | undefined;
  readonly sidecar: ClusterFacts['sidecar'];
  readonly targets: ReadonlyMap<string, TargetFacts>;
  readonly reached: ReadonlySet<string>;
  readonly complete: boolean;
  readonly podsProblem: string | undefined;
  readonly logProblem: string | undefined;
  /** RFC 3339: when the cluster was looked at last. */
  readonly readAt: string;
  readonly cleanUp: ClusterResult['cleanUp'];
  readonly swept: readonly string[];
  readonly spared: ClusterResult['spared'];
  readonly unswept: string | undefined;
}

/** Nothing observed so far; `readAt` is RFC 3339. */
export function unobserved(readAt: string): ClusterState {
  return {
    problem: undefined,
    planned: [],
    server: absentPod,
    clientPod: absentPod,
    podsCreatedAt: undefined,
    serverReadyAt: undefined,
    sidecarReadyAt: undefined,
    podsReadyAt: undefined,
    sidecar: undefined,
    targets: new Map(),
    reached: new Set(),
    complete: false,
    podsProblem: undefined,
    logProblem: undefined,
    readAt,
    cleanUp: 'Nothing',
    swept: [],
    spared: [],
    unswept: undefined,
  };
}

/** The state after one more observation. Taking the same one twice changes nothing but the time of the last look. */
export function observe(state: ClusterState, seen: Observation): ClusterState {
  switch (seen.type) {
    case 'Refused':
      return { ...state, problem: state.problem ?? seen.problem };
    case 'NamespaceRequested':
      return { ...state, cleanUp: 'Requested' };
    case 'Planned':
      return { ...state, planned: seen.targets };
    case 'PodsCreated':
      return { ...state, podsCreatedAt: state.podsCreatedAt ?? seen.at };
    case 'PodsSeen':
      return withPods(state, seen);
    case 'LogRead':
      return { ...state, logProblem: undefined, readAt: seen.readAt };
    case 'Unread':
      return seen.what === 'Pods' ? { ...state, podsProblem: seen.problem } : { ...state, logProblem: seen.problem };
    case 'Sidecar': {
      const readyAt = seen.sidecar.state === 'Ready' ? seen.at : undefined;
      return { ...state, sidecar: seen.sidecar, sidecarReadyAt: state.sidecarReadyAt ?? readyAt };
    }
    case 'Reached':
      return state.reached.has(seen.service) ? state : { ...state, reached: new Set([...state.reached, seen.service]) };
    case 'Pending':
      return state.targets.get(seen.service)?.state === 'Result' ? state : withTarget(state, 'Pending', seen);
    case 'Measured':
      return withTarget(state, 'Result', seen);
    case 'Complete':
      return { ...state, complete: true };
    case 'CleanedUp':
      return { ...state, cleanUp: seen.outcome };
    case 'Swept':
      return { ...state, swept: [...state.swept, seen.namespace] };
    case 'Spared':
      return { ...state, spared: [...state.spared, { namespace: seen.namespace, reason: seen.reason }] };
    case 'Unswept':
      return { ...state, unswept: seen.reason };
  }
}

function withPods(
  state: ClusterState,
  { server, client, at, readAt }: Extract<Observation, { type: 'PodsSeen' }>,
): ClusterState {
  return {
    ...state,
    server,
    clientPod: client,
    podsProblem: undefined,
    readAt,
    serverReadyAt: state.serverReadyAt ?? (server.ready ? at : undefined),
    podsReadyAt: state.podsReadyAt ?? (server.ready && client.ready ? at : undefined),
  };
}

function withTarget(
  state: ClusterState,
  reached: TargetFacts['state'],
  { service, evidence }: Extract<Observation, { type: 'Pending' | 'Measured' }>,
): ClusterState {
  return { ...state, targets: new Map([...state.targets, [service, { state: reached, evidence }]]) };
}
