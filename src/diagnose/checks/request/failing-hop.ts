import { remedy, run } from '../../../base/remedy.ts';
import { type Failure, failureOf, type Verdict } from '../../facts/hop.ts';
import { type HopQuestion, hostsOf } from '../../facts/request.ts';
import { farHops } from './far-hops.ts';
import { nearHops } from './near-hops.ts';
import { observations } from './observations.ts';

/** The first failing hop of requests that failed, from the client outwards. */
export function failingHop(question: HopQuestion): Failure {
  const { pair, evidence, at } = question;
  const verdict = [...nearHops, ...farHops].map((rule) => rule(question)).find((found) => found !== undefined);
  return failureOf(verdict ?? unexplained(question), observations(evidence, { cluster: pair.from.name, at }));
}

function unexplained({ pair, evidence }: HopQuestion): Verdict {
  const hop = hostsOf(evidence).length === 0 ? 'ClientProxy' : 'Connect';
  return {
    hop,
    cluster: pair.from.name,
    confidence: 'Inferred',
    message: `no answer from ${pair.to.name} arrives in ${pair.from.name}, for an unknown reason`,
    remedy: remedy`look at ${run('status')}, and at whether the proxies of ${pair.from.name} have the configuration that istiod sent`,
  };
}
