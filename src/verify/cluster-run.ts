import type { Clock } from '../base/clock.ts';
import { type EventContent, type MeshEvent, stampOf } from '../base/event.ts';
import type { LogLevel } from '../base/logger.ts';
import type { Member } from '../diagnose/facts/pair.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { type ClusterState, type Observation, observe, unobserved } from './cluster-state.ts';
import type { ClusterFacts } from './facts.ts';
import type { ProbeSpec } from './manifests.ts';
import type { ClusterResult } from './report.ts';

/** What happens during a run, for a live display. */
export type VerifyEvent =
  | RunEvent<'Started', { readonly namespace: string; readonly clusters: readonly string[] }>
  | ClusterEvent<'PodsReady', { readonly afterMs: number }>
  /** A service was reached from the cluster. */
  | ClusterEvent<'Reached', { readonly service: string; readonly afterMs: number }>
  | ClusterEvent<'Measured', { readonly service: string }>
  | ClusterEvent<'ClusterFailed', { readonly message: string }>
  | ClusterEvent<'CleanUp', { readonly outcome: ClusterResult['cleanUp'] }>;

interface RunEvent<Type extends string, Details extends object> extends MeshEvent<Type, Details> {
  readonly operation: 'verify';
}

interface ClusterEvent<Type extends string, Details extends object> extends RunEvent<Type, Details> {
  readonly cluster: string;
}

/** Takes what an event says and reports it with its time, operation and level. */
export type VerifyReporter = (content: EventContent<VerifyEvent>) => void;

export function verifyReporter(clock: Clock, onEvent: ((event: VerifyEvent) => void) | undefined): VerifyReporter {
  return (content) => {
    onEvent?.({ ...content, ...stampOf(clock, 'verify', levels[content.type]), operation: 'verify' });
  };
}

const levels = {
  Started: 'info',
  PodsReady: 'info',
  Reached: 'info',
  Measured: 'info',
  ClusterFailed: 'error',
  CleanUp: 'info',
} as const satisfies Record<VerifyEvent['type'], LogLevel>;

/** What the parts of a run share. Times are monotonic milliseconds. */
export interface RunContext {
  readonly clock: Clock;
  readonly startedAt: number;
  /** Aborted by the caller or by the run's own time limit; the cleaning up does not use it. */
  readonly signal: AbortSignal;
  readonly report: VerifyReporter;
  /** How long pods may take to start, and how long requests may fail once both ends are ready. */
  readonly podPatienceMs: number;
  readonly patienceMs: number;
  /** Measured requests for every pair. */
  readonly requests: number;
  /** The clusters that take part, known when each has taken the run's namespace or refused it. */
  readonly members: Promise<readonly Member[]>;
  /** The pod that calls; left out, one that measures every pair. */
  readonly clientPod?: (spec: ProbeSpec) => KubeObject;
  /** Called at the first answer from another cluster, and at every later one. */
  readonly onCrossCluster: () => void;
}

/** One cluster's part of a run: what is asked of it, and what it has shown so far. */
export interface ClusterRun {
  readonly member: Member;
  /** Undefined where the cluster could not be connected to. */
  readonly client: KubeClient | undefined;
  readonly spec: ProbeSpec;
  /** What everything that was recorded comes to by now. */
  readonly state: ClusterState;
  /** Adds an observation; nothing else changes the state. */
  record(seen: Observation): void;
}

/** A part that has not begun; `readAt` is RFC 3339. */
export function newClusterRun(
  member: Member,
  client: KubeClient | undefined,
  spec: ProbeSpec,
  readAt: string,
): ClusterRun {
  let state = unobserved(readAt);
  return {
    member,
    client,
    spec,
    get state() {
      return state;
    },
    record: (seen) => {
      state = observe(state, seen);
    },
  };
}

/** What the judgements see of a cluster's part. */
export function factsOf({ member, state }: ClusterRun): ClusterFacts {
  const { problem, server, clientPod, sidecar, targets, podsProblem, logProblem, readAt } = state;
  return { member, problem, server, client: clientPod, sidecar, targets, podsProblem, logProblem, readAt };
}

/** What the report says of a cluster's part. */
export function clusterResultOf({ member, state }: ClusterRun, startedAt: number): ClusterResult {
  const { problem, podsReadyAt, cleanUp, swept, spared, unswept } = state;
  return {
    name: member.name,
    network: member.network,
    tested: problem === undefined,
    finding: problem ?? null,
    podsReadyAfterMs: podsReadyAt === undefined ? null : Math.round(podsReadyAt - startedAt),
    cleanUp,
    swept,
    spared,
    ...(unswept === undefined ? {} : { unswept }),
  };
}
