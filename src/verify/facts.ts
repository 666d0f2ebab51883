import type { ProbeFacts } from '../diagnose/facts/probe.ts';
import type { TargetEvidence } from '../probe/protocol.ts';
import type { Accounts } from './identity.ts';
import type { PodState } from './pod-state.ts';

/** What is known of one target of a client. */
export interface TargetFacts {
  /** `Result`: measured. `Pending`: not reached so far. */
  readonly state: 'Result' | 'Pending';
  readonly evidence: TargetEvidence;
}

/** Everything that a run has learned of one cluster. */
export interface ClusterFacts extends ProbeFacts {
  readonly server: PodState;
  readonly client: PodState;
  /** By service. */
  readonly targets: ReadonlyMap<string, TargetFacts>;
}

/** What the judgements need besides the facts. */
export interface RunFacts {
  readonly trustDomain: string;
  readonly namespace: string;
  /** Left out: those of a run. */
  readonly accounts?: Accounts;
  readonly clusters: readonly ClusterFacts[];
}
