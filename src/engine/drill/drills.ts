import { asIsthmusError } from '../../base/error.ts';
import { readDrill } from '../../drill/state.ts';
import type { DrillStatus } from '../../report/drill-status.ts';
import { limitedSignal, timeoutOf } from '../limits.ts';
import { openClusters } from '../open-clusters.ts';
import type { UseCaseOptions } from '../options.ts';
import { type ClusterDrill, drillStatusReport } from '../reporting/drill-status.ts';
import { chosenClusters, liveMeshOf, type SessionState } from '../session.ts';

/** The drills of the mesh: each is recorded in the cluster in which it breaks something. */
export async function drillsUseCase(state: SessionState, options: UseCaseOptions): Promise<DrillStatus> {
  const mesh = liveMeshOf(state);
  const wanted = new Set<string>(chosenClusters(mesh, options.clusters));
  const { ports } = state;
  await using fleet = await openClusters(state, mesh, { operation: 'drill', carries: 'NoKeys' });
  const signal = limitedSignal(ports, timeoutOf(options));
  const readAt = ports.clock.now();
  const members = fleet.members.filter(({ name }) => wanted.has(name));
  const clusters = await Promise.all(
    members.map(async (member): Promise<ClusterDrill> => {
      const { name: cluster } = member;
      if (member.state === 'Failed') return { cluster, read: member.error };
      try {
        return { cluster, read: await readDrill(member.client, { clock: ports.clock, signal }) };
      } catch (thrown) {
        ports.signal?.throwIfAborted();
        return { cluster, read: asIsthmusError(thrown) };
      }
    }),
  );
  return drillStatusReport({ mesh: mesh.name, readAt, clusters });
}
