import { excessOf } from './excess.ts';
import type { Judgement } from './judgement.ts';
import { type Quantile, quantileOf, quantileText, type ShiftDurations, slowerThan } from './latency.ts';
import type { LatencyLimit } from './limits.ts';

export const p99 = 0.99;
/** Of fewer requests than this the slowest one in a hundred is not known. */
const leastRequests = 100;
/** A target that is slower in all it answers is known sooner. */
const leastToGoBack = 20;
/** Deviations beyond which more slow requests are not chance: once in some 40 windows. */
const slowDeviations = 2;

/**
 * Back where the target's p99 is beyond the limit whatever the buckets hide: the lower bound of its bucket against the upper bound
 * of the sources', and more than one in a hundred of its requests are that slow beyond chance. Hold where the figures alone are beyond it, or
 * too few requests were measured.
 */
export function judgeLatency(compared: ShiftDurations, limit: LatencyLimit): Judgement {
  const [slow, usual] = [quantileOf(compared.target, p99), quantileOf(compared.sources, p99)];
  if (slow === undefined || usual === undefined) {
    const who = slow === undefined ? 'to the target' : 'to the source clusters';
    return { verdict: 'Hold', reason: `how long requests ${who} take was not measured` };
  }
  const text = `p99 of the target ${sampleText(slow)}, ${sampleText(usual)} elsewhere`;
  if (slow.requests >= leastToGoBack && isSurelyBeyond(compared, { slow, usual, limit })) {
    return { verdict: 'Back', reason: text };
  }
  const few = Math.min(slow.requests, usual.requests) < leastRequests;
  if (few) return { verdict: 'Hold', reason: `${text}: fewer than ${leastRequests} requests tell nothing of it` };
  if (slow.ms <= allowed(usual.ms, limit)) return { verdict: 'Advance', reason: text };
  return { verdict: 'Hold', reason: `${text}, which may be chance or the width of the buckets` };
}

/** The slowest that a target may be where the sources have this p99. */
function allowed(ms: number, { unit, more }: LatencyLimit): number {
  return unit === 'Percent' ? ms * (1 + more / 100) : ms + more;
}

function isSurelyBeyond(
  { target, sources }: ShiftDurations,
  { slow, usual, limit }: { readonly slow: Quantile; readonly usual: Quantile; readonly limit: LatencyLimit },
): boolean {
  const { toMs } = usual;
  if (toMs === undefined || slow.fromMs <= allowed(toMs, limit)) return false;
  const slowOnes = { requests: target.count, errors: slowerThan(target, slow.fromMs) };
  const slowThere = { requests: sources.count, errors: slowerThan(sources, toMs) };
  const alone = excessOf(slowOnes, { requests: 0, errors: 0 }, slowDeviations);
  const compared = excessOf(slowOnes, slowThere, slowDeviations);
  return alone.excess - (1 - p99) > alone.chance && compared.excess > compared.chance;
}

function sampleText(one: Quantile): string {
  return `${quantileText(one)} of ${one.requests} requests`;
}
