import type { Finding } from '../../../base/finding.ts';
import type { MeshObjects } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

const variable = 'PILOT_REMOTE_CLUSTER_TIMEOUT';

/** Go's durations: `0`, `0s`, `0m0s`. */
const zero = /^[-+]?(0|(0+(\.0*)?(h|m|s|ms|us|µs|ns))+)$/;

/** Without a limit an istiod that starts waits for each of its peers (pilot/pkg/features/pilot.go). */
export function istiodWaitsFindings({ istiods, names, readAt }: MeshObjects): readonly Finding[] {
  return istiods.flatMap(({ cluster, flags = {} }): readonly Finding[] => {
    const limit = flags[variable];
    if (limit === undefined || !zero.test(limit) || names.length < 2) return [];
    return [
      {
        code: 'istiod-waits',
        severity: 'warning',
        category: 'Lifecycle',
        cluster,
        message: `an istiod that starts waits without a limit for the other clusters: while one does not answer, no new istiod gets ready`,
        remedy: `take ${variable} out of the environment of istiod: it then starts without a cluster that is silent for 30 seconds`,
        evidence: seen(`${variable} is ${limit}`, `${cluster}: Deployment of istiod`, readAt),
      },
    ];
  });
}
