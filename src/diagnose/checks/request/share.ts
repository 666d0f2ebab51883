import { remedy, repeat, run } from '../../../base/remedy.ts';
import { type Failure, failureOf } from '../../facts/hop.ts';
import type { RequestFacts } from '../../facts/request.ts';
import { observations } from './observations.ts';
import { moreTime } from './set-up.ts';

/** Clusters that got too few of the requests to a service that all of them have. */
export interface ShortShare {
  /** The caller's cluster. */
  readonly from: string;
  readonly clusters: readonly string[];
  readonly percent: number;
  readonly minimumPercent: number;
  /** The caller's sidecar holds an endpoint of one of them. */
  readonly hasEndpoint: boolean;
}

/** Why some clusters get too small a share; `at` is RFC 3339. */
export function shareFailure(
  { from, clusters, percent, minimumPercent, hasEndpoint }: ShortShare,
  evidence: RequestFacts,
  at: string,
): Failure {
  const names = clusters.join(' and ');
  const lines = observations(evidence, { cluster: from, at });
  if (!hasEndpoint) {
    return failureOf(
      {
        hop: 'Discovery',
        cluster: from,
        message: `the sidecar in ${from} has no endpoint of ${names} for a service that exists there`,
        remedy: remedy`see with ${run('status')} whether ${from} reads ${names}; meshConfig.serviceSettings with clusterLocal keeps a service local`,
      },
      lines,
    );
  }
  return failureOf(
    {
      hop: 'Share',
      cluster: from,
      message: `${names} gets ${percent} % of the requests from ${from}; at least ${minimumPercent} % were expected of an even split`,
      remedy:
        'compare the weights of the endpoints in the evidence, and look for locality weights (localityLbSetting.distribute) in mesh config and DestinationRules; the pair checks show whether the endpoints work',
    },
    lines,
  );
}

/** No other cluster takes part, so there is nothing to share with; `at` is RFC 3339. */
export function nothingToShare(from: string, at: string): Failure {
  return failureOf(
    {
      hop: 'Cluster',
      cluster: from,
      message: `there is no other cluster that ${from} could share a service with: none was reached`,
      remedy: remedy`make the other clusters reachable, then ${repeat()}`,
    },
    [{ fact: 'no other cluster took the probes', source: 'API servers of the other clusters', at }],
  );
}

/** The client has not said a word about the shared service; `at` is RFC 3339. */
export function silentAboutShare(from: string, sharing: number, at: string): Failure {
  return failureOf(
    {
      hop: 'ClientProxy',
      cluster: from,
      message: `the client in ${from} said nothing of the service shared by ${sharing} clusters before the time limit`,
      remedy: moreTime,
    },
    [{ fact: 'its output has no line about the shared service', source: `${from}: client pod`, at }],
  );
}
