import { apiVersion } from '../../api/mesh.ts';
import { objectsAt, textAt } from '../../base/json.ts';
import { openContext } from '../../fleet/fleet.ts';
import { operatorName, systemNamespace } from '../../objects/ownership.ts';
import { rolloutOf } from '../../observe/workload.ts';
import type { OperatorStatus } from '../../report/operator.ts';
import { apiVersion as reportVersion } from '../../report/schema.ts';
import { signalOf } from '../limits.ts';
import type { EnginePorts } from '../ports.ts';
import { leaderOf, leaderRef, serverTime } from './leader.ts';
import { readLeaderQueue } from './leader-queue.ts';
import { shownCluster } from './shown-cluster.ts';

const inSystem = { namespace: systemNamespace } as const;

/** Who keeps the mesh, and what the operator wrote about each cluster; nothing is asked of the clusters themselves. */
export async function operatorStatus(
  options: { readonly context: string },
  ports: EnginePorts,
): Promise<OperatorStatus> {
  const signal = signalOf(ports);
  await using client = await openContext(options.context, ports);
  const [deployment, lease, clusters] = await Promise.all([
    client.get({ apiVersion: 'apps/v1', kind: 'Deployment', ...inSystem, name: operatorName }, { signal }),
    client.get(leaderRef, { signal }),
    client.list({ apiVersion, kind: 'MeshCluster' }, { ...inSystem, signal }),
  ]);
  const now = serverTime(client, ports);
  const leader = leaderOf(lease, now);
  const { exists, wanted, available } = rolloutOf(deployment);
  return {
    apiVersion: reportVersion,
    kind: 'OperatorStatus',
    context: options.context,
    readAt: new Date(ports.clock.now()).toISOString(),
    installed: exists,
    image: textAt(objectsAt(deployment, ['spec', 'template', 'spec', 'containers'])[0], ['image']) ?? null,
    available,
    wanted,
    leader,
    ...(await readLeaderQueue(client, leader, signal)),
    clusters: clusters
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .map((cluster) => shownCluster(cluster, now)),
  };
}
