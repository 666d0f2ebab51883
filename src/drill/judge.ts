import type { CallerTimeline, Measured } from './timeline.ts';

/** Where the model sends the requests of a caller while something is broken, in percent; lost at the first attempt. */
export interface Predicted {
  readonly shares: Readonly<Record<string, number>>;
  readonly lost: number;
}

export type DrillVerdict = 'AsPredicted' | 'Different' | 'Unknown';

export interface Judged {
  readonly verdict: DrillVerdict;
  /** A sentence without a full stop. */
  readonly reason: string;
}

/** Deviations beyond which a share is not chance, and percentage points that connections which are used again may add. */
const deviations = 4;
const slack = 5;
const least = 20;

/**
 * Whether requests went where the model sends them. A sidecar tries a request that fails again at another endpoint, so fewer may be
 * lost than the model loses at the first attempt, never more; the shares of those that are answered are compared.
 */
export function judgeCaller(
  predicted: Predicted | undefined,
  { before, during }: Pick<CallerTimeline, 'before' | 'during'>,
): Judged {
  if (predicted === undefined) return { verdict: 'Unknown', reason: 'the model does not say where its requests go' };
  if (during.requests < least) {
    return {
      verdict: 'Unknown',
      reason: `${during.requests} requests were sent, and fewer than ${least} tell nothing`,
    };
  }
  if (before.lost > 0) {
    return {
      verdict: 'Unknown',
      reason: `${percent(before.lost)} of the requests were lost before anything was broken`,
    };
  }
  const tolerance = (share: number): number =>
    slack + 100 * deviations * Math.sqrt(((share / 100) * (1 - share / 100)) / during.requests);
  if (during.lost > predicted.lost + tolerance(predicted.lost)) {
    return different(
      `${percent(during.lost)} of the requests were lost, and ${percent(predicted.lost)} at most by the model`,
    );
  }
  const expected = ofAnswered(predicted.shares, predicted.lost);
  const found = ofAnswered(during.shares, during.lost);
  for (const cluster of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const [wanted, got] = [expected[cluster] ?? 0, found[cluster] ?? 0];
    if (Math.abs(wanted - got) > tolerance(wanted)) {
      return different(`${cluster} answered ${percent(got)} of what was answered, and ${percent(wanted)} by the model`);
    }
  }
  return { verdict: 'AsPredicted', reason: `${textOf(during)}, as the model says` };
}

function different(reason: string): Judged {
  return { verdict: 'Different', reason };
}

/** In percent of what is answered at all; nothing where everything is lost. */
function ofAnswered(shares: Readonly<Record<string, number>>, lost: number): Readonly<Record<string, number>> {
  const answered = 100 - lost;
  if (answered <= 0.01) return {};
  return Object.fromEntries(Object.entries(shares).map(([cluster, share]) => [cluster, (100 * share) / answered]));
}

function textOf({ shares, lost }: Measured): string {
  const parts = Object.entries(shares).map(([cluster, share]) => `${cluster} answered ${percent(share)}`);
  return [...parts, `${percent(lost)} were lost`].join(', ');
}

function percent(value: number): string {
  return `${Math.round(value * 10) / 10}%`;
}

/** Of all callers together: what differs outweighs what is not known. */
export function together(verdicts: readonly DrillVerdict[]): DrillVerdict {
  if (verdicts.includes('Different')) return 'Different';
  return verdicts.includes('Unknown') || verdicts.length === 0 ? 'Unknown' : 'AsPredicted';
}
