import { accessTo } from '../../discovery/rules/authorization-policy.ts';
import { endpointMtls } from '../../discovery/rules/peer-authentication.ts';
import type { AnswerEndpoint } from '../../discovery/values/answer.ts';
import { stringsOf } from '../../discovery/values/fields.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import { podAt, portOf } from '../world/pods.ts';
import { haveNoCommonRoot } from '../world/roots.ts';
import type { Inquiry } from './inquiry.ts';
import type { Access, PathProblem, RefusalCode, Sender } from './path.ts';

/** Why the server that a connection ends at does not take it, or undefined. */
export function serverRefusal(
  { world, viewFor }: Pick<Inquiry, 'world' | 'viewFor'>,
  endpoint: AnswerEndpoint,
  { mtls, cluster: from, access }: Sender,
): PathProblem<RefusalCode> | undefined {
  const { cluster, address } = endpoint;
  if (mtls && haveNoCommonRoot(world.snapshot, from, cluster)) {
    const explanation = `${from} and ${cluster} have no root certificate in common, so that mutual TLS between them fails.`;
    return { code: 'no-common-root', explanation };
  }
  const view = viewFor(cluster);
  if (view === undefined || (mtls && endpoint.tlsMode === 'istio' && hasNoPolicy(view))) return undefined;
  const serving = podAt(world.snapshot, cluster, address);
  if (serving === undefined) return undefined;
  const { pod, hasProxy } = serving;
  const server: Server = {
    view,
    name: `Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name} of ${cluster}`,
    namespace: pod.metadata.namespace ?? '',
    labels: stringsOf(pod.metadata.labels),
    port: portOf(address),
  };
  if (!hasProxy) {
    if (!mtls) return undefined;
    return { code: 'no-mtls-at-server', explanation: `${server.name} has no sidecar to end mutual TLS.` };
  }
  return tlsRefusal(server, mtls) ?? (access === undefined ? undefined : policyRefusal(server, mtls, access));
}

/** Then every server that istiod labels for mutual TLS takes it. */
function hasNoPolicy({ config }: IstiodView): boolean {
  return config.peerAuthentications.length === 0 && config.authorizationPolicies.length === 0;
}

/** A pod with a sidecar, and the port that a connection ends at. */
interface Server {
  readonly view: IstiodView;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
}

function tlsRefusal(server: Server, mtls: boolean): PathProblem<RefusalCode> | undefined {
  const { view, name } = server;
  const { mode, by } = endpointMtls(view, server);
  const decides = by ?? 'the mesh';
  if (!mtls && mode === 'STRICT') {
    const explanation = `${name} takes mutual TLS only (${decides} of ${view.istiod.cluster}), and the client sends plaintext.`;
    return { code: 'strict-refuses-plaintext', explanation };
  }
  if (mtls && mode === 'DISABLE') {
    const explanation = `${name} takes no mutual TLS (${decides} of ${view.istiod.cluster} says DISABLE), and the client uses it.`;
    return { code: 'no-mtls-at-server', explanation };
  }
  return undefined;
}

function policyRefusal(
  { view, name, port, ...target }: Server,
  mtls: boolean,
  access: Access,
): PathProblem<RefusalCode> | undefined {
  const { principal, http } = access;
  const request = { principal: mtls ? principal : undefined, http, port };
  const { outcome, explanation } = accessTo(view, target, request);
  const who = mtls ? principal : 'a caller without mutual TLS, and so without identity';
  const decided = `${name} is asked by ${who}: ${explanation} (policies of ${view.istiod.cluster}).`;
  if (outcome === 'Denied') return { code: 'policy-denies', explanation: decided };
  return outcome === 'Open' ? { code: 'policy-not-decided', explanation: decided } : undefined;
}
