import type { Finding } from '../../base/finding.ts';
import type { Member } from './pair.ts';

/** How far a probe pod has come. */
export interface PodFacts {
  readonly ready: boolean;
  /** The probe's container runs or ran, so it has a log. */
  readonly started: boolean;
  /** A native sidecar runs but is not ready, so the probe's container is not started. */
  readonly waitsForSidecar: boolean;
  /** What keeps it from starting says nothing of the mesh: the probe's image cannot be had, or no node takes the pod. */
  readonly blocked: boolean;
  /** What it waits for or failed of. */
  readonly detail: string;
}

/** What is known of the probes in one cluster. */
export interface ProbeFacts {
  readonly member: Member;
  /** Why the probe's objects are not there: `verify-cluster` or `verify-pods`. */
  readonly problem: Finding | undefined;
  readonly server: PodFacts;
  readonly client: PodFacts;
  /** What the client said last of its own sidecar; undefined while it has said nothing. */
  readonly sidecar: { readonly state: 'Waiting' | 'Ready'; readonly detail: string } | undefined;
  /** Why the pods could not be read the last time. */
  readonly podsProblem?: string | undefined;
  /** Why the client's output could not be read the last time. */
  readonly logProblem: string | undefined;
  /** RFC 3339: when the pods and the client's output were read last. */
  readonly readAt: string;
}

/** The cluster's API server does not answer or refuses us, so nothing was tested there. */
export function isUntested({ problem }: Pick<ProbeFacts, 'problem'>): boolean {
  return problem?.code === 'verify-cluster';
}
