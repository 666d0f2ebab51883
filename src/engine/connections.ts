import { createFleet, type Fleet } from '../fleet/fleet.ts';
import { createLiveFleet } from '../fleet/live-fleet.ts';
import { type WatchedReads, watchedReads } from '../fleet/watched-reads.ts';
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
  /** The same connections, whose reads are answered from watches where they are kept (`watchedReads`). */
  watched(): Connections;
  /** Of a cluster an object of this kind has changed: reads that are answered from watches are not older. */
  changed(cluster: string, kind: string): void;
}

/** Connects for each call, and closes after it: what a process needs that does one thing and ends. */
export function connectionsPerCall(ports: ReachingPorts): Connections {
  const connections: Connections = {
    open: async (mesh) => await openMeshFleet(mesh, ports),
    states: () => [],
    watched: () => connections,
    changed: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return connections;
}

/** Each request in flight is a connection that is kept for a minute, to every cluster of a mesh. */
const keptLimits = { start: 8, max: 12 };

/** Keeps one accessor per cluster: it reconnects with growing pauses, and answers at once while a cluster is away. */
export function keptConnections(
  { declared, home }: ResolvedMesh,
  ports: ReachingPorts,
  signal: AbortSignal,
): Connections {
  const live = createLiveFleet(declared.clusters, { ...ports, signal, limits: keptLimits }, { home });
  const ending = new AbortController();
  const watching = { clock: ports.clock, signal: AbortSignal.any([signal, ending.signal]) };
  const reads = new Map<string, WatchedReads>();
  const watchedClient = (name: string, client: KubeClient): KubeClient => {
    const known = reads.get(name) ?? watchedReads(client, watching);
    reads.set(name, known);
    return known.client;
  };
  const connections = (clientOf: (name: string, client: KubeClient) => KubeClient): Connections => ({
    async open({ names }) {
      const { members } = await live.now();
      const wanted = members.filter(({ name }) => names.some((one) => one === name));
      return createFleet(
        wanted.map((member) =>
          // A report counts the requests of its own call alone.
          member.state === 'Open'
            ? { ...member, client: countingFromNow(clientOf(member.name, member.client)) }
            : member,
        ),
      );
    },
    states: () => live.clusters.map(reportedConnection),
    watched: () => connections(watchedClient),
    changed: (cluster, kind) => reads.get(cluster)?.changed(kind),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await live[Symbol.asyncDispose]();
    },
  });
  return connections((_, client) => client);
}

function countingFromNow(client: KubeClient): KubeClient {
  const before = client.counts();
  const counts = (): ReturnType<KubeClient['counts']> => {
    const now = client.counts();
    return { ...now, requests: now.requests - before.requests, writes: now.writes - before.writes };
  };
  return Object.assign(Object.create(client), { counts });
}
