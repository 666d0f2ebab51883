import { createFleet, type Fleet, type FleetMember } from '../fleet/fleet.ts';
import { createLiveFleet } from '../fleet/live-fleet.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ClusterConnection } from '../report/connection.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { openMeshFleet, type ReachingPorts } from './mesh-fleet.ts';
import { reportedConnection } from './reporting/connection.ts';

/** How a session is connected to the clusters of its mesh. Disposing it closes what it keeps. */
export interface Connections extends AsyncDisposable {
  /** The clusters of a mesh, or of a part of it, as they are now. Disposing the fleet closes what is not kept. */
  open(mesh: ResolvedMesh): Promise<Fleet>;
  /** What is known of each cluster; empty where nothing is kept. */
  states(): readonly ClusterConnection[];
}

/** Connects for each call, and closes after it: what a process needs that does one thing and ends. */
export function connectionsPerCall(ports: ReachingPorts): Connections {
  return {
    open: async (mesh) => await openMeshFleet(mesh, ports),
    states: () => [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Keeps one accessor per cluster: it reconnects with growing pauses, and answers at once while a cluster is away. */
export function keptConnections(
  { declared, home }: ResolvedMesh,
  ports: ReachingPorts,
  signal: AbortSignal,
): Connections {
  const live = createLiveFleet(declared.clusters, { ...ports, signal }, { home });
  return {
    async open({ names }) {
      const { members } = await live.now();
      return createFleet(members.filter(({ name }) => names.some((one) => one === name)).map(countedAnew));
    },
    states: () => live.clusters.map(reportedConnection),
    [Symbol.asyncDispose]: async () => await live[Symbol.asyncDispose](),
  };
}

/** A report counts the requests of its own call alone. */
function countedAnew(member: FleetMember): FleetMember {
  return member.state === 'Open' ? { ...member, client: countingFromNow(member.client) } : member;
}

function countingFromNow(client: KubeClient): KubeClient {
  const before = client.counts();
  const counts = (): ReturnType<KubeClient['counts']> => {
    const now = client.counts();
    return { ...now, requests: now.requests - before.requests, writes: now.writes - before.writes };
  };
  return Object.assign(Object.create(client), { counts });
}
