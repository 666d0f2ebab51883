import type { ExcludedEndpoint, ReasonCode } from '../values/answer.ts';
import { socketAddress } from '../values/ip.ts';
import type { LocalityGroup } from '../values/locality-group.ts';
import type { Endpoint } from '../values/model.ts';

/** An endpoint that a step left out. It is explained when it is asked, since most answers are never read by people. */
export type Exclusion = () => ExcludedEndpoint;

/** What one of istiod's steps leaves of a cluster's endpoints. */
export interface Step {
  readonly groups: readonly LocalityGroup[];
  readonly excluded: readonly Exclusion[];
}

/** A step and the next, which goes on with what the first left. */
export function followedBy(before: Step, next: (groups: readonly LocalityGroup[]) => Step): Step {
  const { groups, excluded } = next(before.groups);
  return { groups, excluded: excluded.length === 0 ? before.excluded : [...before.excluded, ...excluded] };
}

export function exclude(endpoint: Endpoint, reason: ReasonCode, explanation: string): ExcludedEndpoint {
  const address = socketAddress(endpoint.address, endpoint.port);
  return { address, cluster: endpoint.cluster, reason, explanation: `${nameOf(endpoint)}: ${explanation}.` };
}

/** `pod shop/reviews-1`, for explanations. */
export function nameOf(endpoint: Endpoint): string {
  if (endpoint.workload === '') return `endpoint ${socketAddress(endpoint.address, endpoint.port)}`;
  return `${endpoint.namespace === '' ? '' : `${endpoint.namespace}/`}${endpoint.workload}`;
}
