import type { ApplyEvent } from '../apply/run/events.ts';
import type { MeshEvent } from '../base/event.ts';
import type { Operation } from '../base/remedy.ts';
import type { DrillEvent } from '../drill/events.ts';
import type { GuardEvent } from '../guard/events.ts';
import type { RemovalEvent } from '../remove/events.ts';
import type { ShiftEvent } from '../shift/events.ts';
import type { VerifyEvent } from '../verify/cluster-run.ts';

export type { ApplyEvent, DrillEvent, GuardEvent, RemovalEvent, ShiftEvent, VerifyEvent };

/**
 * What a use case did, waits for or could not read, for progress and logs: one envelope, with details by `type`. What a
 * program decides on is in the report.
 */
export type EngineEvent =
  | ApplyEvent
  | DrillEvent
  | GuardEvent
  | RemovalEvent
  | ShiftEvent
  | VerifyEvent
  | ConnectedEvent
  | UnverifiedEvent
  | GapEvent;

/** A cluster answered: the last chance to notice a wrong context before it is changed. */
export interface ConnectedEvent extends MeshEvent<'Connected', ConnectedDetails> {
  readonly operation: 'apply' | 'plan' | 'renewTrust';
  readonly cluster: string;
}

export interface ConnectedDetails {
  /** The URL of its API server. */
  readonly server: string;
  /** Kubernetes' version, e.g. `v1.36.3`. */
  readonly kubernetes: string;
  /** As whom; left out where the server does not tell. */
  readonly user?: string;
}

/** The certificate of a cluster's API server is not checked: whoever is on the way can be that server. */
export interface UnverifiedEvent extends MeshEvent<'Unverified', { readonly server: string }> {
  readonly operation: Operation;
  readonly cluster: string;
}

/** Something that could not be read, so that predictions or snapshots lack it: a sentence without a full stop. */
export interface GapEvent extends MeshEvent<'Gap', { readonly message: string }> {
  readonly operation: 'snapshot';
}
