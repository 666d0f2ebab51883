import { defaultRevision } from '../../../api/name.ts';
import type { Finding } from '../../../base/finding.ts';
import { type Action, kubectl } from '../../../base/remedy.ts';
import { istiodName, istioNamespace } from '../../../istio/names.ts';
import { withRevision } from '../../../istio/revision.ts';
import type { IstiodFacts, MeshObjects } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

const variable = 'PILOT_REMOTE_CLUSTER_TIMEOUT';

/** Go's durations: `0`, `0s`, `0m0s`. */
const zero = /^[-+]?(0|(0+(\.0*)?(h|m|s|ms|us|µs|ns))+)$/;

/** Without a limit an istiod that starts waits for each of its peers (pilot/pkg/features/pilot.go). */
export function istiodWaitsFindings(mesh: MeshObjects): readonly Finding[] {
  const { istiods, names, readAt } = mesh;
  return istiods.flatMap((istiod): readonly Finding[] => {
    const { cluster, flags = {} } = istiod;
    const limit = flags[variable];
    if (limit === undefined || !zero.test(limit) || names.length < 2) return [];
    return [
      {
        code: 'istiod-waits',
        severity: 'warning',
        category: 'Lifecycle',
        cluster,
        message:
          'an istiod that starts waits without a limit for the other clusters: while one does not answer, no new istiod gets ready',
        remedy: `take ${variable} out of the environment of istiod: it then starts without a cluster that is silent for 30 seconds`,
        ...commandsFor(istiod, limit, mesh),
        evidence: seen(`${variable} is ${limit}`, `${cluster}: Deployment of istiod`, readAt),
      },
    ];
  });
}

/** Where a hosted istiod runs is left to its operator. */
function commandsFor(
  { cluster, flags = {} }: IstiodFacts,
  limit: string,
  { members }: MeshObjects,
): Pick<Finding, 'fix' | 'undo'> {
  if (flags.EXTERNAL_ISTIOD === 'true') return {};
  const { context = cluster } = members.find((one) => one.cluster === cluster) ?? {};
  const deployment = `deployment/${withRevision(istiodName, flags.REVISION || defaultRevision)}`;
  const withEnvironment = (text: string): Action =>
    kubectl('--context', context, '-n', istioNamespace, 'set', 'env', deployment, text);
  return { fix: [withEnvironment(`${variable}-`)], undo: [withEnvironment(`${variable}=${limit}`)] };
}
