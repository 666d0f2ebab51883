import { apiVersion } from '../../api/mesh.ts';
import { pausedAnnotation } from '../../api/mesh-cluster-status.ts';
import { objectsAt, textAt, valueAt } from '../../base/json.ts';
import { openContext } from '../../fleet/fleet.ts';
import type { KubeObject } from '../../objects/object.ts';
import { operatorName, systemNamespace } from '../../objects/ownership.ts';
import { rolloutOf } from '../../observe/workload.ts';
import type { OperatorStatus } from '../../report/operator.ts';
import { apiVersion as reportVersion } from '../../report/schema.ts';
import { signalOf } from '../limits.ts';
import type { EnginePorts } from '../ports.ts';
import { ageOf, leaderOf, leaderRef, serverTime } from './leader.ts';
import { readLeaderQueue } from './leader-queue.ts';

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
      .map((cluster) => clusterOf(cluster, now)),
  };
}

/** What the home cluster says of a cluster, from its MeshCluster. */
export function clusterOf({ metadata, spec, status }: KubeObject, now: number): OperatorStatus['clusters'][number] {
  const paused = metadata.annotations?.[pausedAnnotation];
  const conditions = objectsAt(status, ['conditions']).map((condition) => ({
    type: textAt(condition, ['type']) ?? '',
    status: statusOf(textAt(condition, ['status'])),
    reason: textAt(condition, ['reason']) ?? '',
    message: textAt(condition, ['message']) ?? '',
    ageSeconds: ageOf(textAt(condition, ['lastProbeTime']), now),
  }));
  // The annotation on the Mesh pauses every cluster.
  const isHeldBack = conditions.some(({ type, reason }) => type === 'UpToDate' && reason === 'Paused');
  return {
    cluster: metadata.name,
    network: textAt(spec, ['network']) ?? '',
    phase: textAt(status, ['phase']) ?? null,
    isCurrent: valueAt(status, ['observedGeneration']) === metadata.generation,
    isPaused: isHeldBack || (paused !== undefined && paused !== 'false'),
    conditions,
  };
}

function statusOf(text: string | undefined): 'True' | 'False' | 'Unknown' {
  return text === 'True' || text === 'False' ? text : 'Unknown';
}
