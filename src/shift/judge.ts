import type { CallerWindow, Tally } from './counters.ts';
import { excessOf, rate } from './excess.ts';
import { judgeLatency } from './judge-latency.ts';
import type { Judgement } from './judgement.ts';
import type { ShiftDurations } from './latency.ts';
import type { ShiftLimits } from './limits.ts';

/** What is known when a step is judged. */
export interface StepWindow {
  /** The share that the target is to get, in percent. */
  readonly share: number;
  readonly counted: Omit<CallerWindow, 'from'>;
  /** What the source clusters showed last, where they get nothing now. */
  readonly baseline: Tally;
  /** How long requests took in the target, and in the source clusters, or what those showed last where they get nothing now. */
  readonly durations: ShiftDurations;
  /** Sidecars in which no endpoint of the target is healthy. */
  readonly withoutTarget: readonly string[];
  readonly limits: ShiftLimits;
}

/** Fewer requests of the target than this tell nothing. */
const leastRequests = 20;
/** Deviations beyond which a share is not chance: once in some 16,000 windows. */
const shareDeviations = 4;
/** Deviations beyond which a difference of errors is not chance: once in some 40 windows, on the careful side. */
const errorDeviations = 2;
/** One or two failures are none of a rate. */
const leastErrors = 3;
/** Of so few requests that none of the subsets got, one may have been under way. */
const straying = 0.01;

/**
 * What follows from a window. Back where the target is worse than the limits allow, beyond chance; Hold where that is not
 * known, because too little was measured or the share is not what was written; Advance otherwise.
 */
export function judge(window: StepWindow): Judgement {
  const { share, counted, withoutTarget } = window;
  const [without] = withoutTarget;
  if (without !== undefined) {
    const others = withoutTarget.length - 1;
    return back(`no endpoint of the target is healthy for ${without}${others === 0 ? '' : ` and ${others} others`}`);
  }
  const errors = judgeErrors(window);
  if (errors.verdict === 'Back') return errors;
  const { limits, durations } = window;
  const latency = limits.p99 === undefined ? undefined : judgeLatency(durations, limits.p99);
  if (latency?.verdict === 'Back') return latency;
  const { target, sources, elsewhere } = counted;
  if (target.requests < leastRequests) {
    return hold(`the target answered ${target.requests} requests, and fewer than ${leastRequests} tell nothing`);
  }
  const all = target.requests + sources.requests;
  if (elsewhere > straying * all) return hold(`${elsewhere} requests took none of the weights`);
  const measured = target.requests / all;
  const wanted = share / 100;
  const tolerance = shareDeviations * Math.sqrt(Math.max(wanted * (1 - wanted), 1 / all) / all) + straying;
  if (Math.abs(measured - wanted) > tolerance) {
    return hold(`the target got ${percent(measured)} of the requests where ${share}% were written`);
  }
  if (latency === undefined || errors.verdict === 'Hold') return errors;
  return latency.verdict === 'Hold' ? latency : { ...errors, reason: `${errors.reason}; ${latency.reason}` };
}

function judgeErrors({ counted: { target, sources }, baseline, limits }: StepWindow): Judgement {
  const compared = sources.requests >= leastRequests ? sources : baseline;
  if (limits.errors === undefined || target.requests === 0)
    return {
      verdict: 'Advance',
      reason: `${target.errors} of ${target.requests} requests failed, and no limit was given`,
    };
  const text = `${percent(rate(target))} of ${target.requests} requests to the target failed, ${percent(rate(compared))} elsewhere`;
  const { excess: more, chance } = excessOf(target, compared, errorDeviations);
  const excess = more - limits.errors / 100;
  if (excess > chance && target.errors >= leastErrors) return back(text);
  return excess > 0 ? hold(`${text}, which may be chance`) : { verdict: 'Advance', reason: text };
}

function back(reason: string): Judgement {
  return { verdict: 'Back', reason };
}

function hold(reason: string): Judgement {
  return { verdict: 'Hold', reason };
}

/** `25.3%` */
export function percent(part: number): string {
  return `${Math.round(part * 1000) / 10}%`;
}
