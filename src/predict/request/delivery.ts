import type { EdsAnswer, EffectiveEndpoint, Query } from '../../discovery/values/answer.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { Caller } from '../world/caller.ts';
import type { Inquiry } from './inquiry.ts';
import { followLeg, type Leg, type Path } from './leg.ts';

/** One host that Envoy uses, with what becomes of the requests to it. */
export interface Hop {
  readonly endpoint: EffectiveEndpoint;
  readonly leg: Leg;
}

/** What becomes of the requests to one cluster of Envoy's. */
export interface Delivery {
  readonly answer: EdsAnswer;
  /** Every host that gets requests, in Envoy's order. */
  readonly hops: readonly Hop[];
  /** Percent of the requests that reach a pod at the first attempt. */
  readonly delivered: number;
}

/** Asks for the endpoints and follows each to its end. */
export function deliver(
  inquiry: Inquiry,
  { view, caller }: { readonly view: IstiodView; readonly caller: Caller },
  query: Query,
): Delivery {
  const result = inquiry.ask(view, caller.proxy, query);
  return { answer: result, ...follow(inquiry, caller, result) };
}

/** The second half: from the hosts that Envoy chose to the pods that answer. */
export function follow(inquiry: Inquiry, caller: Caller, result: EdsAnswer): Pick<Delivery, 'hops' | 'delivered'> {
  if (result.outcome === 'None') return { hops: [], delivered: 0 };
  const hops = result.effective
    .filter(({ share }) => share > 0)
    .map((endpoint) => ({ endpoint, leg: followLeg(inquiry, endpoint, senderOf(caller, endpoint)) }));
  return { hops, delivered: rounded(hops.reduce((sum, hop) => sum + deliveredOf(hop), 0)) };
}

export function senderOf({ cluster, proxy }: Caller, { mtls }: EffectiveEndpoint): Parameters<typeof followLeg>[2] {
  return { cluster, network: proxy.network, mtls, gateways: 0 };
}

function deliveredOf({ endpoint, leg }: Hop): number {
  return (endpoint.share * answeredOf(leg.paths)) / 100;
}

/** Percent of the requests to an endpoint that somebody answers. */
export function answeredOf(paths: readonly Path[]): number {
  return paths.reduce((sum, { cluster, share }) => sum + (cluster === undefined ? 0 : share), 0);
}

/** Sums of percentages without the dust of binary fractions. */
export function rounded(percent: number): number {
  return Math.round(percent * 1e6) / 1e6 + 0;
}
