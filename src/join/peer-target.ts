import { asIsthmusError } from '../base/error.ts';
import { valueAt } from '../base/json.ts';
import { type DeclaredPeerAccess, peerAccess } from '../istio/peer-access.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ReachTarget } from '../probe/reach.ts';

/** The address and the authority that the remote secret of a cluster has, or will have. */
export async function peerTarget(
  client: KubeClient,
  declared: DeclaredPeerAccess,
  signal: AbortSignal,
): Promise<ReachTarget> {
  const { cluster } = client;
  const own = (await readOwnAuthority(client, signal)) ?? client.certificateAuthority;
  if (own !== undefined) return { cluster, ...peerAccess(declared, client, own) };
  return { cluster, server: declared.peerServer ?? client.server };
}

/** The authority that the cluster gives its pods with every token; undefined where we may not read it. */
async function readOwnAuthority(client: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kube-root-ca.crt' };
  try {
    const text = valueAt(await client.get(ref, { signal }), ['data', 'ca.crt']);
    return typeof text === 'string' ? text : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (asIsthmusError(error).code === 'access-denied') return undefined;
    throw error;
  }
}
