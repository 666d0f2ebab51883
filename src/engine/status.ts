import type { ClusterName } from '../api/name.ts';
import { type Clock, timeOf } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { readPeerAnswers } from '../observe/peer-answers.ts';
import type { StatusReport } from '../report/status.ts';
import { recordedAnswers } from '../snapshot/stored-client.ts';
import { type ClusterStatus, readStatus, unreachableStatus } from '../status/cluster-status.ts';
import { withMeshSkew } from '../status/skew.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { openStoredFleet, splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { UseCaseOptions } from './options.ts';
import { statusReport } from './reporting/status.ts';
import { chosenClusters, meshOf, type SessionState } from './session.ts';

/** What the clusters hold and report now; of a snapshot, what they did at its time. */
export async function statusUseCase(state: SessionState, options: UseCaseOptions): Promise<StatusReport> {
  const { source, ports } = state;
  const { stored } = source;
  const mesh = meshOf(state);
  const wanted = chosenClusters(mesh, options.clusters);
  await using fleet =
    stored === undefined
      ? await openClusters(state, mesh, { operation: 'status', carries: 'NoKeys' })
      : await openStoredFleet(mesh, stored);
  const clock = stored?.takenAt === undefined ? ports.clock : stoppedClock(ports.clock, stored.takenAt);
  const readAt = timeOf(clock);
  const { clients, failures } = splitFleet(fleet);
  const clientOf = (name: ClusterName): KubeClient | undefined => clients.get(name);
  const reading = {
    mesh: mesh.name,
    crypto: ports.crypto,
    clock,
    signal: limitedSignal(ports, timeoutOf(options)),
    clientOf,
    askPeers: stored === undefined ? readPeerAnswers : recordedAnswers(stored),
  };
  const clusters = await Promise.all(
    mesh.topology.clusters
      .filter(({ name }) => wanted.includes(name))
      .map(async (topology): Promise<ClusterStatus> => {
        const client = clients.get(topology.name);
        const error = failures.get(topology.name);
        if (client !== undefined) return await readStatus(topology, client, reading);
        if (error !== undefined) return unreachableStatus(topology, error, readAt);
        throw new IsthmusError('internal', `cluster ${topology.name} was not opened`);
      }),
  );
  return statusReport({ mesh: mesh.name, readAt, clusters: withMeshSkew(clusters, readAt) });
}

/** Time stands still in a snapshot. */
function stoppedClock(clock: Clock, at: string): Clock {
  return { ...clock, now: () => Date.parse(at) };
}
