import type { ClusterName } from '../api/name.ts';
import { objectsAt } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';
import { clusterzPath, parseClusterz, type ReadCluster } from '../istio/debug.ts';
import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { type ClusterTopology, istiodHost } from '../topology/topology.ts';
import { readDebugPage } from './debug-page.ts';

/** What one istiod says it reads. */
export interface IstiodView {
  readonly pod: string;
  readonly clusters: readonly ReadCluster[];
}

/** Where a cluster's istiod runs. */
export interface IstiodPlace {
  readonly client: KubeClient;
  readonly namespace: string;
}

/** Where the istiod runs that serves a cluster; undefined where the cluster in which it runs did not answer. */
export function istiodPlace(
  topology: ClusterTopology,
  clientOf: (cluster: ClusterName) => KubeClient | undefined,
): IstiodPlace | undefined {
  const client = clientOf(istiodHost(topology));
  if (client === undefined) return undefined;
  const isHosted = topology.controlPlane.kind === 'ExternalOf';
  return { client, namespace: isHosted ? hostedNamespace(topology.name) : istioNamespace };
}

/** Asks every running istiod of a place which clusters it reads and how far it is. */
export async function readIstiods(
  { client, namespace }: IstiodPlace,
  signal: AbortSignal,
): Promise<readonly IstiodView[]> {
  const pods = await client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: 'app=istiod', signal });
  return await Promise.all(
    pods.filter(isReady).map(async (pod) => {
      const { name } = pod.metadata;
      const page = await readDebugPage(client, { namespace, pod: name, path: clusterzPath }, signal);
      return { pod: name, clusters: parseClusterz(parseJson(page) ?? null) };
    }),
  );
}

/** The peers that not every istiod reports as synced, with what it reports instead. */
export function unsyncedPeers(views: readonly IstiodView[], peers: readonly string[]): readonly string[] {
  if (views.length === 0) return peers.map((peer) => `${peer}: no istiod is ready`);
  return peers.flatMap((peer) => {
    const states = views.map(
      ({ clusters }) => clusters.find(({ cluster }) => cluster === peer)?.status ?? 'unknown to istiod',
    );
    const open = states.filter((state) => state !== 'synced');
    return open.length === 0 ? [] : [`${peer}: ${open[0]}`];
  });
}

/** True for a pod whose condition Ready holds and which is not on its way out. */
export function isReady(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return objectsAt(pod, ['status', 'conditions']).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
}
