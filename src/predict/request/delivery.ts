import type { EdsAnswer, Query } from '../../discovery/values/answer.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { Caller } from '../world/caller.ts';
import { accessOf } from './access.ts';
import type { Inquiry } from './inquiry.ts';
import { followLeg, senderOf } from './leg.ts';
import type { Hop, Path } from './path.ts';
import { isBeyondModel, isUnjudged } from './verdict.ts';

/** What becomes of the requests to one of Envoy's clusters. */
export interface Delivery {
  readonly answer: EdsAnswer;
  /** Every host that gets requests, in Envoy's order. */
  readonly hops: readonly Hop[];
  /** Percent of the requests that reach a pod at the first attempt. */
  readonly delivered: number;
  /** Percent of the requests of which the model does not say what becomes of them. */
  readonly notJudged: number;
}

/** Asks for the endpoints and follows each to its end. */
export function deliver(inquiry: Inquiry, view: IstiodView, caller: Caller, query: Query): Delivery {
  const answer = inquiry.ask(view, caller.proxy, query);
  if (answer.outcome === 'None') {
    return { answer, hops: [], delivered: 0, notJudged: isBeyondModel(answer) ? 100 : 0 };
  }
  const access = accessOf(inquiry, view, { caller, ...query });
  const hops = answer.effective
    .filter(({ share }) => share > 0)
    .map((endpoint) => ({ endpoint, leg: followLeg(inquiry, endpoint, senderOf(caller, endpoint, access)) }));
  const sum = (of: (paths: readonly Path[]) => number): number =>
    rounded(hops.reduce((total, { endpoint, leg }) => total + (endpoint.share * of(leg.paths)) / 100, 0));
  return { answer, hops, delivered: sum(answeredOf), notJudged: sum(notJudgedOf) };
}

/** Percent of the requests to an endpoint that are answered. */
export function answeredOf(paths: readonly Pick<Path, 'cluster' | 'share'>[]): number {
  return paths.reduce((sum, { cluster, share }) => sum + (cluster === undefined ? 0 : share), 0);
}

function notJudgedOf(paths: readonly Path[]): number {
  return paths.reduce(
    (sum, { problem, share }) => sum + (problem !== undefined && isUnjudged(problem.code) ? share : 0),
    0,
  );
}

/** Sums of percentages without the dust of binary fractions. */
export function rounded(percent: number): number {
  return Math.round(percent * 1e6) / 1e6 + 0;
}
