import type { RouteAnswer } from '../../discovery/rules/virtual-service.ts';
import { rounded } from './delivery.ts';
import { isUnjudged, isWhole, type TraceVerdict, verdictOn } from './verdict.ts';

/** How much of the requests is answered. */
export interface Shares {
  /** Every request is known to reach a pod. */
  readonly delivered: boolean;
  /** Percent. */
  readonly deliveredShare: number;
  /** Percent of the requests of which the model does not say what becomes of them. */
  readonly notJudgedShare: number;
  readonly verdict: TraceVerdict;
}

export function shares(deliveredShare: number, notJudgedShare: number): Shares {
  const verdict = verdictOn(deliveredShare, notJudgedShare);
  return { delivered: isWhole(deliveredShare), deliveredShare, notJudgedShare, verdict };
}

/** The shares of a request over its destinations. `routed` is undefined where it never leaves the application. */
export function sharesOf(
  routed: RouteAnswer | null | undefined,
  destinations: readonly (Shares & { readonly share: number })[],
): Shares {
  if (routed === undefined) return shares(0, 0);
  if (routed?.outcome === 'NotRouted') return shares(0, isUnjudged(routed.code) ? 100 : 0);
  const sum = (of: (one: Shares) => number): number =>
    rounded(destinations.reduce((total, one) => total + (one.share * of(one)) / 100, 0));
  return shares(
    sum(({ deliveredShare }) => deliveredShare),
    sum(({ notJudgedShare }) => notJudgedShare),
  );
}
