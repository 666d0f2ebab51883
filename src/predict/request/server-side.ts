import { endpointMtls } from '../../discovery/rules/peer-authentication.ts';
import type { AnswerEndpoint } from '../../discovery/values/answer.ts';
import { stringsOf } from '../../discovery/values/fields.ts';
import { podAt, portOf } from '../world/pods.ts';
import { haveNoCommonRoot } from '../world/roots.ts';
import type { Inquiry } from './inquiry.ts';
import type { PathProblem, RefusalCode, Sender } from './path.ts';

/** Why the server that a connection ends at does not take it, or undefined. */
export function serverRefusal(
  { world, viewFor }: Pick<Inquiry, 'world' | 'viewFor'>,
  endpoint: AnswerEndpoint,
  { mtls, cluster: from }: Sender,
): PathProblem<RefusalCode> | undefined {
  const { cluster, address } = endpoint;
  if (mtls && haveNoCommonRoot(world.snapshot, from, cluster)) {
    const explanation = `${from} and ${cluster} have no root certificate in common, so that mutual TLS between them fails.`;
    return { code: 'no-common-root', explanation };
  }
  const view = viewFor(cluster);
  // Without any policy every server that istiod labels for mutual TLS takes it.
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
