import type { Clock } from '../base/clock.ts';
import { type EventContent, type MeshEvent, stampOf } from '../base/event.ts';
import type { LogLevel } from '../base/logger.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { RemovalStage } from './stage.ts';

interface ClusterEvent<Type extends string, Details extends object> extends MeshEvent<Type, Details> {
  readonly operation: 'uninstall' | 'leave';
  readonly cluster: string;
}

/** What a removal reports while it works. */
export type RemovalEvent =
  /** Objects of a stage are gone. */
  | ClusterEvent<'Removed', { readonly stage: RemovalStage; readonly count: number }>
  /** The fields that we had set on a namespace that stays were released. */
  | ClusterEvent<'Released', { readonly namespace: string }>
  /** Our labels were taken off definitions that stay. */
  | ClusterEvent<'Disclaimed', { readonly count: number }>
  | ClusterEvent<'NamespaceRemoved', { readonly namespace: string }>
  /** No istiod of the cluster knows the removed one any longer. */
  | ClusterEvent<'Forgotten', { readonly removed: string }>
  /** Something has to go before the cluster can go on. */
  | ClusterEvent<'Waiting', { readonly what: string }>
  /** Finalizers that nothing serves any longer were taken off. */
  | ClusterEvent<'Stripped', { readonly object: ObjectRef; readonly finalizers: readonly string[] }>
  /** Something keeps an object or a namespace from going, and it is not ours to remove. */
  | ClusterEvent<'Blocked', { readonly what: string; readonly by: readonly string[] }>
  | ClusterEvent<'Notice', { readonly message: string }>;

export type OnRemovalEvent = (event: RemovalEvent) => void;

/** Takes what an event says and reports it with its time, operation and level. */
export type RemovalReporter = (content: EventContent<RemovalEvent>) => void;

export function removalReporter(
  operation: RemovalEvent['operation'],
  { clock, onEvent }: { readonly clock: Clock; readonly onEvent: OnRemovalEvent },
): RemovalReporter {
  return (content) => onEvent({ ...content, ...stampOf(clock, operation, levels[content.type]), operation });
}

const levels = {
  Removed: 'info',
  Released: 'info',
  Disclaimed: 'info',
  NamespaceRemoved: 'info',
  Forgotten: 'info',
  Waiting: 'info',
  Stripped: 'warning',
  Blocked: 'warning',
  Notice: 'warning',
} as const satisfies Record<RemovalEvent['type'], LogLevel>;
