import { textAt, valueAt } from '../base/json.ts';
import { istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { describeRef, type KubeObject, refOf } from '../objects/object.ts';

const peerAuthentication = { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication' } as const;

/**
 * The PeerAuthentication that takes mutual TLS away from the whole mesh: of those in the root namespace without a
 * selector the oldest counts (pilot/pkg/model/authentication.go). Undefined where none does.
 */
export async function readDisabledMtls(client: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  const found = await client.list(peerAuthentication, { namespace: istioNamespace, signal });
  const [decides] = found.filter(isForAll).sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
  if (decides === undefined || textAt(decides.spec, ['mtls', 'mode']) !== 'DISABLE') return undefined;
  return describeRef(refOf(decides));
}

function isForAll({ spec }: KubeObject): boolean {
  return valueAt(spec, ['selector', 'matchLabels']) === undefined;
}

function ageOf({ metadata: { creationTimestamp = '', name } }: KubeObject): string {
  return `${creationTimestamp} ${name}`;
}
