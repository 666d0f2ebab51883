import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { textAt } from '../base/json.ts';
import { allOf, type Remedy, remedy, restart } from '../base/remedy.ts';
import { istioNamespace } from '../istio/names.ts';
import { istiodDeployment } from '../istio/revision.ts';
import type { KubeClient } from '../kube/client.ts';
import { differencesOf, type EndpointDifference } from '../observe/endpoint-differences.ts';
import { readSlices } from '../observe/endpoint-slices.ts';
import { type HeldOfPeer, readHeld } from '../observe/held-endpoints.ts';
import { type IstiodPlace, istiodPlace } from '../observe/istiod.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { type ClusterTopology, istiodHost } from '../topology/topology.ts';
import type { ComparedPeer, KeptEndpoints } from './home-session.ts';
import { limitedSignal } from './limits.ts';
import { openClient } from './open-clusters.ts';
import { liveMeshOf, type SessionState } from './session.ts';
import { tokenAdvice } from './token-advice.ts';

/** Beyond that a comparison is given up; another one follows. */
const turnMs = 30_000;

/** What the istiods of a mesh hold of their peers against what the peers hold. */
export function keptEndpoints(state: SessionState): KeptEndpoints {
  const mesh = liveMeshOf(state);
  const watched = { ...state, connections: state.connections.watched() };
  return {
    async compare(cluster, wanted) {
      const topology = mesh.topology.clusters.find(({ name }) => name === cluster);
      const peers = topology?.peers.filter((peer) => wanted.includes(peer)) ?? [];
      if (topology === undefined || peers.length === 0) return [];
      const signal = limitedSignal(state.ports, turnMs);
      const host = istiodHost(topology);
      const reading = await openClient(watched, host);
      const place = istiodPlace(topology, (name) => (name === host ? reading : undefined));
      if (place === undefined) return [];
      const readsAll = readsAllNamespaces(mesh, topology);
      const held = await readHeld(place, peers, signal);
      if (held.length === 0) throw new IsthmusError('not-found', `no istiod of ${cluster} is ready`, { cluster: host });
      const compared = peers.map(async (peer): Promise<readonly ComparedPeer[]> => {
        const of = held.filter((one) => one.peer === peer);
        // What it has not read yet is no question of frozen endpoints.
        if (of.length === 0 || !of.every(({ isSynced }) => isSynced)) return [];
        const found = await compareOne({ state, watched, place, peer, readsAll, signal }, of);
        if (found === undefined) return [];
        if ('why' in found) return [{ peer, outcome: 'Unread', why: found.why }];
        const { differences } = found;
        const advice = differences.length === 0 ? [] : await tokenAdvice(place, topology, signal);
        return [{ peer, outcome: 'Compared', differences, remedy: remedyFor(mesh, topology, advice) }];
      });
      return (await Promise.all(compared)).flat();
    },
  };
}

interface PeerQuestion {
  readonly state: SessionState;
  /** The same, with reads that are answered from watches. */
  readonly watched: SessionState;
  readonly place: IstiodPlace;
  readonly peer: string;
  readonly readsAll: boolean;
  readonly signal: AbortSignal;
}

/**
 * What differs; undefined where the peer does not answer here, which says nothing of what istiod gets from it. What a
 * watch says may be older than what istiod holds: where it differs, the peer is asked itself, and istiod after it.
 */
async function compareOne(
  { state, watched, place, peer, readsAll, signal }: PeerQuestion,
  held: readonly HeldOfPeer[],
): Promise<Differences | { readonly why: string } | undefined> {
  try {
    const before = await readSlices(await openClient(watched, peer), signal);
    const seen = { slices: before, readsAll, others: new Set<string>() };
    if (held.every((one) => differencesOf(one, seen).length === 0)) return { differences: [] };
    const client = await openClient(state, peer);
    const [slices, others] = await Promise.all([readSlices(client, signal), entryAddresses(client, signal)]);
    const now = await readHeld(place, [peer], signal);
    return { differences: now.flatMap((one) => differencesOf(one, { readsAll, others, slices })) };
  } catch (thrown) {
    signal.throwIfAborted();
    const { cluster, code, message } = asIsthmusError(thrown);
    return cluster === peer && code === 'cluster-unreachable' ? undefined : { why: message };
  }
}

interface Differences {
  readonly differences: readonly EndpointDifference[];
}

const workloadEntry = { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry' } as const;

/** The addresses of workloads that are no pods: a Service may select them, and no EndpointSlice names them. */
async function entryAddresses(client: KubeClient, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const entries = await client.list(workloadEntry, { signal });
  return new Set(entries.flatMap((entry) => textAt(entry, ['spec', 'address']) ?? []));
}

/** An istiod that is limited to namespaces leaves the others out; one that was there before the mesh may have been. */
function readsAllNamespaces({ declared }: ResolvedMesh, topology: ClusterTopology): boolean {
  const host = declared.clusters.find(({ metadata }) => metadata.name === istiodHost(topology));
  const settings = [declared.mesh.spec.istio, topology.cluster.spec.istio, host?.spec.istio];
  const isTold = settings.some((one) => one?.meshConfig?.discoverySelectors !== undefined);
  return topology.istio === 'Rendered' && !isTold;
}

function remedyFor({ declared }: ResolvedMesh, topology: ClusterTopology, advice: readonly string[]): Remedy {
  const cluster = istiodHost(topology);
  const context = declared.clusters.find(({ metadata }) => metadata.name === cluster)?.spec.access.context ?? cluster;
  const { namespace = istioNamespace, name } = istiodDeployment(topology);
  const again = remedy`restart istiod, which reads every cluster from the start then: ${restart({ cluster, context }, namespace, `deployment/${name}`)}`;
  return allOf([again, ...advice]);
}
