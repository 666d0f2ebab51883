import type { Tally } from '../shift/counters.ts';
import { excessOf } from '../shift/excess.ts';
import { percent } from '../shift/judge.ts';
import type { Judgement } from '../shift/judgement.ts';
import type { FlowCount } from '../shift/requests.ts';

/** Where the model sends the requests from one cluster to one service, in percent by the cluster that answers. */
export interface PredictedFlow {
  readonly from: string;
  readonly host: string;
  readonly before: Readonly<Record<string, number>>;
  /** With the change. */
  readonly after: Readonly<Record<string, number>>;
  /** False where its ports differ, or the model does not know: then the shares are not compared. */
  readonly hasShares: boolean;
}

/** What is known of the requests from one cluster to one service. */
export interface WatchedFlow {
  readonly from: string;
  readonly host: string;
  /** In the window before the change. */
  readonly before: FlowCount;
  /** Since the change began. */
  readonly after: FlowCount;
  /** Since proxies had the time to take it. */
  readonly settled: FlowCount;
  readonly predicted: PredictedFlow | undefined;
}

export interface JudgedFlow extends Judgement {
  readonly flow: WatchedFlow;
}

/** Fewer requests than this tell nothing of shares. */
const leastRequests = 20;
/** One failure may be a pod that ended. */
const leastErrors = 3;
/** More failures than before are harm from this on: percentage points. */
const toleratedPoints = 1;
/** Deviations beyond which a difference is not chance: many services are looked at many times. */
const deviations = 4;
/** Percentage points that connections which are used again, and endpoints of unequal load, may add to a share. */
const shareSlack = 5;
/** Percent of the requests that a cluster may answer without having been predicted. */
const straying = 1;

/**
 * What follows for one flow. Back where more requests fail than before, beyond chance, or where a cluster answers that
 * neither the model names nor answered before; at the end also where the shares that the change is about are not as predicted.
 */
export function judgeFlow(flow: WatchedFlow, moment: 'Meanwhile' | 'AtTheEnd'): Judgement {
  return judgeErrors(flow) ?? judgeDestinations(flow) ?? judgeShares(flow, moment);
}

function judgeErrors({ before, after }: WatchedFlow): Judgement | undefined {
  const { excess, chance } = excessOf(after, before, deviations);
  if (after.errors < leastErrors || excess - toleratedPoints / 100 <= chance) return undefined;
  return {
    verdict: 'Back',
    reason: `${after.errors} of ${after.requests} requests failed since the change, ${rateText(before)} before`,
  };
}

function judgeDestinations({ before, settled, predicted }: WatchedFlow): Judgement | undefined {
  if (predicted === undefined) return undefined;
  const answered = answeredOf(settled);
  for (const [cluster, requests] of Object.entries(settled.answered)) {
    const isKnown = cluster === 'unknown' || (predicted.after[cluster] ?? 0) > 0 || (before.answered[cluster] ?? 0) > 0;
    if (isKnown || requests < leastErrors || (100 * requests) / answered <= straying) continue;
    return { verdict: 'Back', reason: `${cluster} answered ${requests} requests, and none by the model` };
  }
  return undefined;
}

function judgeShares({ settled, predicted }: WatchedFlow, moment: 'Meanwhile' | 'AtTheEnd'): Judgement {
  const answered = answeredOf(settled);
  if (answered < leastRequests) {
    return {
      verdict: 'Hold',
      reason: `${answered} requests were answered, and fewer than ${leastRequests} tell nothing`,
    };
  }
  const sound: Judgement = { verdict: 'Advance', reason: `${answered} requests were answered` };
  if (predicted === undefined || !predicted.hasShares || !isMoved(predicted)) return sound;
  for (const cluster of new Set([...Object.keys(predicted.after), ...Object.keys(settled.answered)])) {
    const wanted = (predicted.after[cluster] ?? 0) / 100;
    const found = (settled.answered[cluster] ?? 0) / answered;
    const tolerance = shareSlack / 100 + deviations * Math.sqrt((wanted * (1 - wanted)) / answered);
    if (Math.abs(found - wanted) <= tolerance) continue;
    const reason = `${cluster} answered ${percent(found)} of ${answered} requests, and ${percent(wanted)} by the model`;
    return { verdict: moment === 'AtTheEnd' ? 'Back' : 'Hold', reason };
  }
  return { ...sound, reason: `${answered} requests were answered as the model says` };
}

/** Whether the change is about these requests. */
export function isMoved({ before, after }: PredictedFlow): boolean {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].some(
    (cluster) => Math.abs((before[cluster] ?? 0) - (after[cluster] ?? 0)) > 0.01,
  );
}

function answeredOf({ answered }: FlowCount): number {
  return Object.values(answered).reduce((sum, one) => sum + one, 0);
}

function rateText({ requests, errors }: Tally): string {
  return requests === 0 ? 'none was sent' : `${errors} of ${requests}`;
}
