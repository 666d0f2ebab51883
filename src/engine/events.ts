import type { ApplyEvent } from '../apply/run/events.ts';
import type { RemovalEvent } from '../remove/events.ts';
import type { VerifyEvent } from '../verify/cluster-run.ts';

/**
 * What a use case did, waits for or could not read: for progress and logs. `operation` says which part it is from, `type`
 * what happened. Whatever a program decides on is in the report.
 */
export type EngineEvent =
  | ({ readonly operation: 'apply' } & ApplyEvent)
  | ({ readonly operation: 'uninstall' } & RemovalEvent)
  | ({ readonly operation: 'verify' } & VerifyEvent)
  | ConnectedEvent
  | GapEvent;

/** A cluster answered: the last chance to notice a wrong context before it is changed. */
export interface ConnectedEvent {
  readonly operation: 'connect';
  readonly type: 'Connected';
  readonly cluster: string;
  /** The URL of its API server. */
  readonly server: string;
  /** Kubernetes' version, e.g. `v1.36.3`. */
  readonly kubernetes: string;
  /** As whom; undefined where the server does not tell. */
  readonly user: string | undefined;
}

/** Something that could not be read, so that predictions or snapshots lack it: a sentence without a full stop. */
export interface GapEvent {
  readonly operation: 'snapshot';
  readonly type: 'Gap';
  readonly message: string;
}
