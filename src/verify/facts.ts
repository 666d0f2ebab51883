import type { Remedy } from '../base/remedy.ts';
import type { TargetEvidence } from '../probe/protocol.ts';
import type { Member } from './checks.ts';
import type { PodState } from './pod-state.ts';

/** Why the probe's objects are not in a cluster. */
export interface SetUpProblem {
  /** `Cluster`: its API server does not answer or refuses us. `Pods`: a pod was refused or got no sidecar. */
  readonly at: 'Cluster' | 'Pods';
  readonly message: string;
  readonly remedy: Remedy;
}

/** What is known of one target of a client. */
export interface TargetFacts {
  /** `Result`: measured. `Pending`: not reached so far. */
  readonly state: 'Result' | 'Pending';
  readonly evidence: TargetEvidence;
}

/** Everything that a run has learned of one cluster. */
export interface ClusterFacts {
  readonly member: Member;
  readonly problem: SetUpProblem | undefined;
  readonly server: PodState;
  readonly client: PodState;
  /** What the client said last of its own sidecar; undefined while it has said nothing. */
  readonly sidecar: { readonly state: 'Waiting' | 'Ready'; readonly detail: string } | undefined;
  /** By service. */
  readonly targets: ReadonlyMap<string, TargetFacts>;
  /** Why the client's output could not be read the last time. */
  readonly logProblem: string | undefined;
}

/** What the judgements need besides the facts. */
export interface RunFacts {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly clusters: readonly ClusterFacts[];
}
