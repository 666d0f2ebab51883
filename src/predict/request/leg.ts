import { type GatewayPassage, throughGateway } from '../../discovery/endpoints/east-west.ts';
import { isNetworkGateway, whyNoGateway } from '../../discovery/endpoints/missing-gateway.ts';
import type { EffectiveEndpoint } from '../../discovery/values/answer.ts';
import { type Caller, podOf } from '../world/caller.ts';
import { ipOf } from '../world/pods.ts';
import type { Inquiry } from './inquiry.ts';
import { type Access, type Leg, linkBetween, type Part, type Path, type PathProblem, type Sender } from './path.ts';
import { serverRefusal } from './server-side.ts';

/** A caller as the sender of requests to an endpoint. */
export function senderOf(caller: Caller, { mtls }: EffectiveEndpoint, access: Access | undefined): Sender {
  const { cluster, proxy } = caller;
  return { cluster, pod: podOf(caller), network: proxy.network, mtls, gateways: 0, access };
}

/** Follows requests to an endpoint to where they end, gateways included. */
export function followLeg(inquiry: Inquiry, endpoint: EffectiveEndpoint, sender: Sender): Leg {
  if (endpoint.via === 'pod') {
    const view = inquiry.viewFor(sender.cluster);
    if (view === undefined || !isNetworkGateway(view, endpoint.address)) return podLeg(inquiry, endpoint, sender);
    // A ServiceEntry may name a gateway of the mesh, which is then no pod of the entry's cluster.
    return followLeg(inquiry, { ...endpoint, via: 'gateway', cluster: '' }, sender);
  }
  return inquiry.memos.gatewayLeg(endpoint, sender, () => gatewayLeg(inquiry, endpoint, sender));
}

function podLeg(inquiry: Inquiry, endpoint: EffectiveEndpoint, sender: Sender): Leg {
  const { cluster, address } = endpoint;
  const { removedPods } = inquiry.world;
  if (removedPods.size > 0 && removedPods.has(`${cluster} ${ipOf(address)}`)) {
    const explanation = `The pod of ${address} in ${cluster} is gone, and the proxy has not heard of it.`;
    return ended(partsTo(endpoint, sender), { code: 'pod-gone', explanation });
  }
  const refusal = outOfReach(inquiry, endpoint, sender) ?? serverRefusal(inquiry, endpoint, sender);
  if (refusal !== undefined) return ended(partsTo(endpoint, sender), refusal);
  const parts = partsTo(endpoint, sender);
  const way = isAwaited(inquiry, endpoint, sender) ? [`gateway:${cluster}`, ...parts] : parts;
  return inquiry.memos.podLeg(endpoint, sender, () => answeredBy(cluster, way));
}

/** Whether the requests come through a gateway that is being made. */
function isAwaited({ world: { snapshot } }: Inquiry, { network }: EffectiveEndpoint, sender: Sender): boolean {
  return linkBetween(sender.network, network).length > 0 && snapshot.awaited?.includes(network) === true;
}

/** Why a pod of another network is not reached where no gateway is on the way; undefined where the two are connected. */
function outOfReach(
  { world: { snapshot }, viewFor }: Inquiry,
  { address, cluster, network }: EffectiveEndpoint,
  sender: Sender,
): PathProblem | undefined {
  if (linkBetween(sender.network, network).length === 0 || snapshot.awaited?.includes(network) === true)
    return undefined;
  if (snapshot.connected?.some((pair) => pair.includes(sender.network) && pair.includes(network)) === true)
    return undefined;
  const view = viewFor(sender.cluster);
  const why = view === undefined ? '' : ` (${whyNoGateway(view, snapshot, { cluster, network })})`;
  const explanation = `Requests from network ${sender.network} are sent to ${address} in network ${network} itself, because istiod has no gateway to take there${why}, and nothing says that pods of the two networks reach each other.`;
  return { code: 'other-network', explanation };
}

/** Gateways that lead to gateways: a mesh with more than this on the way is wrong (no REQUESTED_NETWORK_VIEW). */
const maxGateways = 3;

function gatewayLeg(inquiry: Inquiry, endpoint: EffectiveEndpoint, sender: Sender): Leg {
  const { address } = endpoint;
  const parts = partsTo(endpoint, sender);
  if (sender.gateways >= maxGateways) {
    const explanation = `${address} is the gateway after ${maxGateways} others: gateways send each other the request (is REQUESTED_NETWORK_VIEW missing at them?).`;
    return ended(parts, { code: 'too-many-gateways', explanation });
  }
  const passages = passagesAt(inquiry, endpoint);
  if (passages.length === 0) return unknownGateway(endpoint, parts);
  const legs = passages.map((passage) =>
    inquiry.memos.behindGateway(passage, sender, () => behindGateway(inquiry, passage, sender)),
  );
  const paths = legs.flatMap((leg) =>
    leg.paths.map((path) => ({ ...path, share: path.share / passages.length, parts: [...parts, ...path.parts] })),
  );
  return { paths, passages, assumptions: legs.flatMap(({ assumptions }) => assumptions) };
}

/** What the gateways at an address do with a server name. */
function passagesAt(inquiry: Inquiry, endpoint: EffectiveEndpoint): readonly GatewayPassage[] {
  const { world, viewFor, ask, memos } = inquiry;
  return memos.passages(endpoint, () => throughGateway({ snapshot: world.snapshot, viewFor, ask, endpoint }));
}

/** An address that no Service of the snapshot has: behind address translation, or outside the snapshot. */
function unknownGateway({ address, network, cluster }: EffectiveEndpoint, parts: readonly Part[]): Leg {
  const where = cluster === '' ? `network ${network}` : cluster;
  const assumption = `No Service of the snapshot has the gateway address ${address}: what happens behind it in ${where} is taken to work.`;
  return { ...answeredBy(where, parts), assumptions: [assumption] };
}

function behindGateway(inquiry: Inquiry, passage: GatewayPassage, sender: Sender): Leg {
  const at = [`gateway:${passage.cluster}`];
  if (passage.outcome === 'Blocked') return ended(at, { code: passage.code, explanation: passage.explanation });
  const { paths, assumptions } = passedOn(inquiry, passage, sender);
  return { paths: paths.map((path) => ({ ...path, parts: [...at, ...path.parts] })), passages: [], assumptions };
}

/** What becomes of requests that a gateway passes on; the same for all gateways of the same configuration. */
function passedOn(
  inquiry: Inquiry,
  { answer, proxy, service, cluster }: Extract<GatewayPassage, { outcome: 'Passed' }>,
  sender: Sender,
): Leg {
  const here = { ...sender, network: proxy.network, gateways: sender.gateways + 1 };
  const leg = inquiry.memos.behindAnswer(answer, here, () => legOfHosts(inquiry, answer.effective, here));
  if (leg.paths.length > 0) return leg;
  const explanation = `The gateway ${service} of ${cluster} has no healthy endpoint for the request.`;
  return ended([], { code: 'no-healthy-endpoint', explanation });
}

function legOfHosts(inquiry: Inquiry, effective: readonly EffectiveEndpoint[], sender: Sender): Leg {
  const hosts = effective.filter(({ share }) => share > 0);
  const legs = hosts.map((host) => ({ host, leg: followLeg(inquiry, host, sender) }));
  const paths = legs.flatMap(({ host, leg }) =>
    leg.paths.map((path) => ({ ...path, share: (path.share * host.share) / 100 })),
  );
  return { paths: merged(paths), passages: [], assumptions: legs.flatMap(({ leg }) => leg.assumptions) };
}

/** Paths that differ in nothing but their pods are one. */
function merged(paths: readonly Path[]): readonly Path[] {
  const found = new Map<string, Path>();
  for (const path of paths) {
    const key = `${path.cluster ?? ''}|${path.parts.join()}|${path.problem?.explanation ?? ''}`;
    const known = found.get(key);
    found.set(key, known === undefined ? path : { ...known, share: known.share + path.share });
  }
  return [...found.values()];
}

/** The part that an endpoint is, and the link to it. */
function partsTo({ via, cluster, network }: EffectiveEndpoint, sender: Sender): readonly Part[] {
  const links = linkBetween(sender.network, network);
  if (cluster === '') return links;
  return [via === 'pod' ? `cluster:${cluster}` : `gateway:${cluster}`, ...links];
}

function ended(parts: readonly Part[], problem: PathProblem): Leg {
  return { paths: [{ share: 100, cluster: undefined, parts, problem }], passages: [], assumptions: [] };
}

function answeredBy(cluster: string, parts: readonly Part[]): Leg {
  return { paths: [{ share: 100, cluster, parts, problem: undefined }], passages: [], assumptions: [] };
}
