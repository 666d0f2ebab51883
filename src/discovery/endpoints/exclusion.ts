import type { ExcludedEndpoint, ReasonCode } from '../values/answer.ts';
import { socketAddress } from '../values/ip.ts';
import type { Endpoint } from '../values/model.ts';

/** `pod shop/reviews-1`, for explanations. */
export function nameOf(endpoint: Endpoint): string {
  if (endpoint.workload === '') return `endpoint ${socketAddress(endpoint.address, endpoint.port)}`;
  return `${endpoint.namespace === '' ? '' : `${endpoint.namespace}/`}${endpoint.workload}`;
}

export function exclude(endpoint: Endpoint, reason: ReasonCode, explanation: string): ExcludedEndpoint {
  const address = socketAddress(endpoint.address, endpoint.port);
  return { address, cluster: endpoint.cluster, reason, explanation: `${nameOf(endpoint)}: ${explanation}.` };
}
