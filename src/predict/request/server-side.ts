import { accessTo } from '../../discovery/rules/authorization-policy.ts';
import { endpointMtls } from '../../discovery/rules/peer-authentication.ts';
import type { AnswerEndpoint } from '../../discovery/values/answer.ts';
import { stringsOf } from '../../discovery/values/fields.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { mayHoldEarlier, olderProxies } from '../world/older-proxies.ts';
import { podAt, portOf } from '../world/pods.ts';
import { haveNoCommonRoot } from '../world/roots.ts';
import type { Inquiry } from './inquiry.ts';
import type { Access, PathProblem, RefusalCode, Sender } from './path.ts';

/** Why the server that a connection ends at does not take it, or undefined. */
export function serverRefusal(
  { world, viewFor }: Pick<Inquiry, 'world' | 'viewFor'>,
  endpoint: AnswerEndpoint,
  sender: Sender,
): PathProblem<RefusalCode> | undefined {
  const { cluster, address } = endpoint;
  const { mtls, access } = sender;
  const distrust = mtls ? trustRefusal(world.snapshot, endpoint, sender) : undefined;
  if (distrust !== undefined) return distrust;
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

/** Why the two do not take each other's certificate, or why nobody knows. */
function trustRefusal(
  snapshot: Snapshot,
  { cluster, address }: AnswerEndpoint,
  { cluster: from, pod }: Sender,
): PathProblem<RefusalCode> | undefined {
  const open = mayHoldEarlier(snapshot, from, pod)
    ? from
    : isServedByEarlier(snapshot, cluster, address)
      ? cluster
      : '';
  if (open !== '') return { code: 'certificate-not-known', explanation: earlierCertificates(snapshot, open) };
  if (!haveNoCommonRoot(snapshot, from, cluster)) return undefined;
  const explanation = `${from} and ${cluster} have no root certificate in common, so that mutual TLS between them fails.`;
  return { code: 'no-common-root', explanation };
}

function isServedByEarlier(snapshot: Snapshot, cluster: string, address: string): boolean {
  if (olderProxies(snapshot, cluster) === undefined) return false;
  const { metadata } = podAt(snapshot, cluster, address)?.pod ?? {};
  return metadata !== undefined && mayHoldEarlier(snapshot, cluster, `${metadata.namespace ?? ''}/${metadata.name}`);
}

const namesShown = 3;

/** The same sentence for all requests of a cluster, so that they count as one unknown. */
function earlierCertificates(snapshot: Snapshot, cluster: string): string {
  const { since = '', pods = new Set<string>() } = olderProxies(snapshot, cluster) ?? {};
  const shown = [...pods].slice(0, namesShown).join(', ');
  const names = pods.size > namesShown ? `${shown} and ${pods.size - namesShown} more` : shown;
  return `${cluster} has had its root certificate only since ${since}, and proxies that started before may still hold certificates of another root (${names}): which ones accept each other is not known.`;
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
