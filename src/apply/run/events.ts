import type { ClusterName } from '../../api/name.ts';
import type { Clock } from '../../base/clock.ts';
import { type EventContent, type MeshEvent, stampOf } from '../../base/event.ts';
import type { LogLevel } from '../../base/logger.ts';
import type { Stage } from '../../istio/stages.ts';

interface ClusterEvent<Type extends string, Details extends object> extends MeshEvent<Type, Details> {
  readonly operation: 'apply' | 'renewTrust';
  readonly cluster: ClusterName;
}

/** What an apply and a renewal of trust report while they work. */
export type ApplyEvent =
  /** Objects of a stage were brought to what the mesh wants. Not sent where nothing had to be done. */
  | ClusterEvent<'Applied', { readonly stage: Stage; readonly created: number; readonly configured: number }>
  /** What the mesh no longer wants was removed. Not sent where nothing had to be. */
  | ClusterEvent<'Pruned', { readonly deleted: number; readonly released: number }>
  /** Something has to become true before the cluster can go on. */
  | ClusterEvent<'Waiting', { readonly what: string }>
  /** It became true after so many milliseconds. */
  | ClusterEvent<'Reached', { readonly what: string; readonly afterMs: number }>
  /** Something worth knowing that stops nothing. */
  | ClusterEvent<'Notice', { readonly message: string }>;

export type OnApplyEvent = (event: ApplyEvent) => void;

/** Takes what an event says and reports it with its time, operation and level. */
export type ApplyReporter = (content: EventContent<ApplyEvent>) => void;

export function applyReporter(
  operation: ApplyEvent['operation'],
  { clock, onEvent }: { readonly clock: Clock; readonly onEvent: OnApplyEvent },
): ApplyReporter {
  return (content) => onEvent({ ...content, ...stampOf(clock, operation, levels[content.type]), operation });
}

const levels = {
  Applied: 'info',
  Pruned: 'info',
  Waiting: 'info',
  Reached: 'info',
  Notice: 'warning',
} as const satisfies Record<ApplyEvent['type'], LogLevel>;
