import type { Clock } from '../base/clock.ts';
import { type EventContent, type MeshEvent, stampOf } from '../base/event.ts';

interface OfGuard<Type extends string, Details extends object> extends MeshEvent<Type, Details> {
  readonly operation: 'apply';
}

/** The requests from one cluster to one service since the change. */
export interface CountedFlow {
  readonly from: string;
  readonly host: string;
  readonly requests: number;
  readonly failed: number;
}

/** What an apply that is watched reports besides what every apply does. */
export type GuardEvent =
  /** The undoer of a cluster runs and has read what it would put back. */
  | (OfGuard<'Guarded', { readonly objects: readonly string[]; readonly expiresAt: string }> & {
      readonly cluster: string;
    })
  /** What the proxies counted so far, again and again. */
  | OfGuard<'Watched', { readonly flows: readonly CountedFlow[]; readonly leftMs: number }>
  /** What follows. */
  | OfGuard<'Concluded', { readonly outcome: 'Kept' | 'WentBack'; readonly reason: string }>
  /** What was there before is back in a cluster, but for what others changed. */
  | (OfGuard<'PutBack', { readonly restored: readonly string[]; readonly left: readonly string[] }> & {
      readonly cluster: string;
    });

export type GuardReporter = (content: EventContent<GuardEvent>) => void;

export function guardReporter(clock: Clock, onEvent: (event: GuardEvent) => void): GuardReporter {
  return (content) => {
    const isBad = content.type === 'Concluded' && content.details.outcome === 'WentBack';
    onEvent({ ...content, ...stampOf(clock, 'apply', isBad ? 'warning' : 'info'), operation: 'apply' });
  };
}
