import type { ClusterName } from '../api/name.ts';
import { isOfIstiods } from '../istio/names.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import { type KubeObject, refOf } from '../objects/object.ts';
import { ownership } from './ownership.ts';
import type { PeerSecret } from './report.ts';

export interface PeerQuestion {
  readonly mesh: string;
  /** The clusters that are to go. */
  readonly gone: readonly string[];
  readonly signal: AbortSignal;
}

/** The remote secrets by which the istiods of a cluster read one of those that go. */
export async function peerSecretsIn(
  cluster: ClusterName,
  client: KubeClient,
  { mesh, gone, signal }: PeerQuestion,
): Promise<readonly PeerSecret[]> {
  const secrets = (await remoteSecretsIn(client, signal)).filter(ownership({ mesh, reach: 'Mesh', inventory: [] }));
  return secrets.flatMap((secret) => {
    const removed = secret.metadata.annotations?.[clusterAnnotation];
    if (removed === undefined || !gone.includes(removed)) return [];
    return [{ cluster, removed, secret: { ...refOf(secret), uid: secret.metadata.uid } }];
  });
}

/** The metadata of every remote secret that an istiod of a cluster reads; elsewhere one is just a Secret of somebody. */
export async function remoteSecretsIn(client: KubeClient, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const labelSelector = `${multiClusterLabel}=true`;
  const secrets = await client.list(
    { apiVersion: 'v1', kind: 'Secret' },
    { labelSelector, content: 'Metadata', signal },
  );
  return secrets.filter(({ metadata }) => isOfIstiods(metadata.namespace));
}

/** Takes such a secret away; from then on that istiod sends nothing to the removed cluster. */
export async function deletePeerSecret(client: KubeClient, { secret: { uid, ...ref } }: PeerSecret): Promise<void> {
  await client.delete(ref, uid === undefined ? {} : { uid });
}
