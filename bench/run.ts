import type { Lab } from '../lab/src/lab.ts';
import type { Contender } from './arguments.ts';

/** What a contender gets: empty clusters and an empty folder. */
export interface Ground {
  readonly lab: Lab;
  /** The clusters' names, each on a network of the same name. */
  readonly clusters: readonly string[];
  readonly work: string;
  /** A folder with the lab's istioctl that stays the same from lab to lab. */
  readonly istioctl: string;
  readonly signal: AbortSignal;
}

/** One contender's way from empty clusters to the first answered cross-cluster request. */
export interface Run {
  readonly contender: Contender;
  readonly clusters: number;
  /** From the start of the first process to the first answer after everything was set up. */
  readonly seconds: number;
  /** Points on that way, in seconds since its start, in their order. */
  readonly milestones: ReadonlyMap<string, number>;
  /** Seconds of what comes after the first answer, or beside the way; not part of `seconds`. */
  readonly besides: ReadonlyMap<string, number>;
  /** CPU time of the clusters and of the contender's own programs, in seconds. */
  readonly cpuSeconds: number;
  /** Share of the machine, 0 to 1, that something else used meanwhile. */
  readonly others: number;
}

export type Measured = Pick<Run, 'seconds' | 'milestones' | 'besides'>;
