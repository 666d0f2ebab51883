import { endpointMtls } from '../../discovery/rules/peer-authentication.ts';
import type { AnswerEndpoint } from '../../discovery/values/answer.ts';
import { stringsOf } from '../../discovery/values/fields.ts';
import { podAt, portOf } from '../world/pods.ts';
import { haveNoCommonRoot } from '../world/roots.ts';
import type { Inquiry } from './inquiry.ts';

export type RefusalCode = 'no-common-root' | 'strict-refuses-plaintext' | 'no-mtls-at-server';

export interface Refusal {
  readonly code: RefusalCode;
  readonly explanation: string;
}

/** Why the server that a connection ends at does not take it, or undefined. `mtls`: what the client speaks. */
export function serverRefusal(
  { world, viewFor }: Inquiry,
  { endpoint, mtls, from }: { readonly endpoint: AnswerEndpoint; readonly mtls: boolean; readonly from: string },
): Refusal | undefined {
  const { cluster, address } = endpoint;
  if (mtls && haveNoCommonRoot(world.snapshot, from, cluster)) {
    const explanation = `${from} and ${cluster} have no root certificate in common, so that mutual TLS between them fails.`;
    return { code: 'no-common-root', explanation };
  }
  const view = viewFor(cluster);
  // What istiod labels as a server of mutual TLS is one, unless a policy takes it back.
  if (view === undefined || (mtls && endpoint.tlsMode === 'istio' && view.config.peerAuthentications.length === 0))
    return undefined;
  const serving = podAt(world.snapshot, cluster, address);
  if (serving === undefined) return undefined;
  const { pod, hasProxy } = serving;
  const name = (): string => `Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name} of ${cluster}`;
  if (!hasProxy) {
    if (!mtls) return undefined;
    return { code: 'no-mtls-at-server', explanation: `${name()} has no sidecar to end mutual TLS.` };
  }
  const { mode, by } = endpointMtls(view, {
    namespace: pod.metadata.namespace ?? '',
    labels: stringsOf(pod.metadata.labels),
    port: portOf(address),
  });
  const decides = by ?? 'the mesh';
  if (!mtls && mode === 'STRICT') {
    const explanation = `${name()} takes mutual TLS only (${decides} of ${view.istiod.cluster}), and the client sends plaintext.`;
    return { code: 'strict-refuses-plaintext', explanation };
  }
  if (mtls && mode === 'DISABLE') {
    const explanation = `${name()} takes no mutual TLS (${decides} of ${view.istiod.cluster} says DISABLE), and the client uses it.`;
    return { code: 'no-mtls-at-server', explanation };
  }
  return undefined;
}
