import type { Clock } from '../base/clock.ts';
import { type EventContent, type MeshEvent, stampOf } from '../base/event.ts';
import type { CallerWindow } from './counters.ts';
import type { Verdict } from './judgement.ts';
import type { Quantile } from './latency.ts';

interface OfShift<Type extends string, Details extends object> extends MeshEvent<Type, Details> {
  readonly operation: 'shift';
}

export interface Weights {
  readonly step: number;
  /** How many steps there are. */
  readonly of: number;
  readonly weights: Readonly<Record<string, number>>;
}

/** How long 99 of 100 requests took at most; undefined where none was measured. */
export interface ComparedP99 {
  readonly target: Quantile | undefined;
  readonly sources: Quantile | undefined;
}

export interface Counted extends Pick<Weights, 'step' | 'of'> {
  /** The share that the target is to get, in percent. */
  readonly share: number;
  readonly callers: readonly CallerWindow[];
  /** Where p99 is limited. */
  readonly p99?: ComparedP99;
  /** Until the step may be judged, and until the old weights return. */
  readonly leftMs: number;
  readonly expiresInMs: number;
}

/** What a shift reports while it works. */
export type ShiftEvent =
  /** Where the model sends the requests of each calling cluster at the last step; every step was predicted. */
  | OfShift<'Predicted', { readonly steps: readonly number[]; readonly callers: readonly string[] }>
  /** The undoer of a cluster runs and has read what it would put back. */
  | (OfShift<'Armed', { readonly expiresAt: string }> & { readonly cluster: string })
  /** Every proxy knows the subsets that routes will name, so many milliseconds after they were written. */
  | OfShift<'Prepared', { readonly subsets: readonly string[]; readonly afterMs: number }>
  /** The weights of a step are in every cluster that an istiod takes its configuration from. */
  | OfShift<'Written', Weights>
  /** So many of the sidecars that call the service do not have the weights yet. */
  | OfShift<'Spreading', { readonly step: number; readonly proxies: number; readonly lacking: readonly string[] }>
  /** Every sidecar that calls the service has them, so many milliseconds after they were written. */
  | OfShift<'Programmed', { readonly step: number; readonly proxies: number; readonly afterMs: number }>
  /** What the sidecars counted so far, again and again while a step is measured. */
  | OfShift<'Counted', Counted>
  /** What they counted when the step was judged. */
  | OfShift<
      'Sampled',
      {
        readonly step: number;
        readonly share: number;
        /** Of which service, where several are shifted together. */
        readonly service?: string;
        readonly callers: readonly CallerWindow[];
        /** Where p99 is limited. */
        readonly p99?: ComparedP99;
      }
    >
  | OfShift<'Judged', { readonly step: number; readonly verdict: Verdict; readonly reason: string }>
  /** The old configuration is back in a cluster, but for what others changed. */
  | (OfShift<'Undone', { readonly restored: readonly string[]; readonly left: readonly string[] }> & {
      readonly cluster: string;
    })
  | OfShift<'Ended', { readonly phase: string; readonly message: string }>;

export type ShiftReporter = (content: EventContent<ShiftEvent>) => void;

export function shiftReporter(clock: Clock, onEvent: (event: ShiftEvent) => void): ShiftReporter {
  return (content) => {
    const isBad = content.type === 'Judged' && content.details.verdict === 'Back';
    onEvent({ ...content, ...stampOf(clock, 'shift', isBad ? 'warning' : 'info'), operation: 'shift' });
  };
}
