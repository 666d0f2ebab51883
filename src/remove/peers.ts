import type { ClusterName } from '../api/name.ts';
import { clusterAnnotation, multiClusterLabel } from '../istio/remote-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import { refOf } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
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
  const secrets = await client.list(
    { apiVersion: 'v1', kind: 'Secret' },
    { labelSelector: `${multiClusterLabel}=true,${meshLabel}=${mesh}`, content: 'Metadata', signal },
  );
  return secrets.flatMap((secret) => {
    const removed = secret.metadata.annotations?.[clusterAnnotation];
    if (removed === undefined || !gone.includes(removed)) return [];
    return [{ cluster, removed, secret: { ...refOf(secret), uid: secret.metadata.uid } }];
  });
}

/** Takes such a secret away; from then on that istiod sends nothing to the removed cluster. */
export async function deletePeerSecret(client: KubeClient, { secret: { uid, ...ref } }: PeerSecret): Promise<void> {
  await client.delete(ref, uid === undefined ? {} : { uid });
}
