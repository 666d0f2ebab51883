import type { EdsAnswer } from '../../discovery/values/answer.ts';

/** What the prediction says of requests: all reach a pod, some are lost, or none is and some are beyond the model. */
export type TraceVerdict = 'Delivered' | 'NotDelivered' | 'NotJudged';

/** Codes of what the model does not follow to an end. */
const unjudged: ReadonlySet<string> = new Set([
  'ambient-not-modelled',
  'certificate-not-known',
  'endpoints-unread',
  'not-eds',
  'objects-unread',
  'passed-through',
  'policy-not-decided',
  'route-not-modelled',
  'router-not-modelled',
]);

/** True for a problem that says nothing about whether requests are answered. */
export function isUnjudged(code: string): boolean {
  return unjudged.has(code);
}

/** True where the hosts of an Envoy cluster that exists are beyond the model. */
export function isBeyondModel(answer: EdsAnswer): boolean {
  if (answer.outcome === 'Answer' || !isUnjudged(answer.code)) return false;
  return answer.code !== 'not-eds' || answer.type !== undefined;
}

/** Shares are sums of fractions. */
export function isWhole(percent: number): boolean {
  return percent > 99.999;
}

/** The verdict on requests of which so much percent is answered and so much not judged: what is lost counts most. */
export function verdictOn(delivered: number, notJudged: number): TraceVerdict {
  if (!isWhole(delivered + notJudged)) return 'NotDelivered';
  return isWhole(delivered) ? 'Delivered' : 'NotJudged';
}
