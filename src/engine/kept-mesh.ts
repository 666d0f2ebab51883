import { atMost } from '../base/concurrency.ts';
import { asIsthmusError } from '../base/error.ts';
import { type WatchPlan, watchOwned, watchSecret } from '../keep/changes.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KindRef, KubeObject } from '../objects/object.ts';
import { isDocument } from '../plan/desired.ts';
import { inventoryRef, parseInventory } from '../plan/inventory.ts';
import { refuseToLeave } from '../remove/leave.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { issuerSecretOf } from '../trust/trust-secrets.ts';
import { abandonUseCase } from './abandon.ts';
import type { KeptMesh, WatchListener } from './home-session.ts';
import { keptEndpoints } from './kept-endpoints.ts';
import { keptProbes } from './kept-probes.ts';
import { signalOf } from './limits.ts';
import type { MeshSession } from './mesh-session.ts';
import { openClient } from './open-clusters.ts';
import { renewAccess } from './operator/renew-access.ts';
import { renewTokensUseCase, restoreTokensUseCase } from './renew-tokens.ts';
import { declaredCluster, liveMeshOf, type SessionState } from './session.ts';
import { meshSessionOf } from './session-functions.ts';

interface KeptPorts {
  /** The home cluster's, for the Secrets that lead to the others. */
  readonly client: KubeClient;
  readonly plan: (client: KubeClient, listening: Listening) => WatchPlan;
  readonly probeImage?: string | undefined;
}

interface Listening {
  readonly listener: WatchListener;
  readonly signal: AbortSignal;
}

/** A mesh whose clusters are watched. */
export function keptMesh(state: SessionState, { client, plan, probeImage }: KeptPorts): KeptMesh {
  const mesh = liveMeshOf(state);
  const session = sessionOfKept(state);
  const ofClusters = mesh.declared.clusters.flatMap(({ spec: { access } }) => access.secret ?? []);
  const issuer = issuerSecretOf(mesh.declared)?.name;
  const secrets = issuer === undefined ? ofClusters : [...ofClusters, issuer];
  return {
    session,
    home: mesh.home,
    probes: keptProbes(state, probeImage),
    endpoints: keptEndpoints(state),
    mayLeave: (cluster) => mayLeave(mesh, cluster),
    abandon: async (cluster, options) => {
      // Nobody renews the tokens of a cluster that is nobody's. One that is not reached holds nobody up.
      await restoreTokensUseCase(state, cluster);
      return await abandonUseCase(state, cluster, options);
    },
    restoreTokens: async () => await restoreTokensUseCase(state),
    renewTokens: async (cluster, options) => await renewTokensUseCase(state, cluster, options),
    renewAccess: async (cluster, { fence, asked }) => {
      const secret = mesh.declared.clusters.find(({ metadata }) => metadata.name === cluster)?.spec.access.secret;
      if (secret === undefined) return undefined;
      const { ports } = state;
      const [reached, signal] = [await openClient(state, cluster), signalOf(ports)];
      const renewal = {
        cluster,
        secret,
        home: client,
        client: reached,
        fence,
        asked: asked.get(cluster),
        ports,
        signal,
      };
      return await renewAccess(renewal);
    },
    watchSecrets: (listener, signal) => {
      for (const name of new Set(secrets)) void watchSecret(plan(client, { listener, signal }), name);
    },
    watchOwned: (cluster, { onChange, onFailure }, signal) => {
      const listener: WatchListener = {
        onChange(change) {
          // Before anybody hears of it: what is read because of it must not be older.
          state.connections.changed(cluster, change.kind);
          onChange(change);
        },
        onFailure,
      };
      void watchCluster(state, cluster, { listener, signal, plan });
    },
    [Symbol.asyncDispose]: async () => await session[Symbol.asyncDispose](),
  };
}

function mayLeave(mesh: ResolvedMesh, cluster: string): boolean {
  try {
    refuseToLeave(mesh, declaredCluster(mesh, cluster));
    return true;
  } catch {
    return false;
  }
}

/**
 * What decides about one cluster has all of the mesh in memory; of twenty at a time none would be finished sooner, for they
 * compute. Clusters that do not answer hold some of these places for seconds.
 */
const decidedAtOnce = 4;
/** The programs behind it take a hundred megabytes each. */
const renderedAtOnce = 1;

/**
 * Plans and looks come again and again, so they read from watches; an apply decides again by them, and asks the API servers for
 * what it is about to write.
 */
function sessionOfKept(state: SessionState): MeshSession {
  const turns = { decides: atMost(decidedAtOnce), renders: atMost(renderedAtOnce) };
  const writing = meshSessionOf({ ...state, turns, decides: 'ByWatches' });
  const { plan, status } = meshSessionOf({ ...state, turns, connections: state.connections.watched() });
  return { ...writing, plan, status };
}

interface ClusterListening extends Listening {
  readonly plan: KeptPorts['plan'];
}

const reconnectMs = 5_000;

/** Watches the kinds that the inventory names, and those of a later inventory as soon as it has more. */
async function watchCluster(state: SessionState, cluster: string, listening: ClusterListening): Promise<void> {
  const { listener, signal } = listening;
  const watched = new Set<string>();
  while (!signal.aborted) {
    try {
      await watchByInventory(await openClient(state, cluster), { ...listening, mesh: liveMeshOf(state).name, watched });
    } catch (thrown) {
      if (signal.aborted) return;
      listener.onFailure(asIsthmusError(thrown));
    }
    await state.ports.clock.sleep(reconnectMs, signal).catch(() => undefined);
  }
}

interface InventoryWatch extends ClusterListening {
  readonly mesh: string;
  /** The kinds that are watched, as texts. */
  readonly watched: Set<string>;
}

async function watchByInventory(client: KubeClient, { plan, mesh, watched, ...on }: InventoryWatch): Promise<void> {
  const { namespace = '', name } = inventoryRef;
  const selection = { namespace, fieldSelector: `metadata.name=${name}`, signal: on.signal };
  const isFirst = watched.size === 0;
  let isListed = false;
  for await (const event of client.watch(inventoryRef, selection)) {
    const inventories = event.type === 'Listed' ? event.objects : [event.object];
    for (const kind of inventories.flatMap(kindsIn)) {
      const key = `${kind.apiVersion} ${kind.kind}`;
      if (watched.has(key)) continue;
      watched.add(key);
      void watchOwned(plan(client, on), mesh, [kind]);
      // What was there when the watching began is compared by whoever began it; what comes later may have brought objects.
      if (isListed || !isFirst)
        on.listener.onChange({ what: `watching ${kind.kind}`, kind: kind.kind, part: 'Object' });
    }
    isListed = true;
  }
}

/** The documents are watched by themselves. */
function kindsIn(inventory: KubeObject): readonly KindRef[] {
  return [inventoryRef, ...parseInventory(inventory).filter((ref) => !isDocument(ref))];
}
