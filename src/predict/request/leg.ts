import { type BlockedCode, type GatewayPassage, throughGateway } from '../../discovery/endpoints/east-west.ts';
import type { EffectiveEndpoint } from '../../discovery/values/answer.ts';
import { ipOf } from '../world/pods.ts';
import { rootsKeys } from '../world/roots.ts';
import type { Inquiry } from './inquiry.ts';
import { type RefusalCode, serverRefusal } from './server-side.ts';

export type LegProblemCode =
  | BlockedCode
  | RefusalCode
  | 'pod-gone'
  | 'DOWN'
  | 'too-many-gateways'
  | 'no-healthy-endpoint';

export interface LegProblem {
  readonly code: LegProblemCode;
  readonly explanation: string;
}

/** A part of the mesh that a path runs over: `cluster:east`, `gateway:east`, `network-link:eu-us`. */
export type Part = string;

/** One way that requests to an endpoint take to a pod, or to where they end. */
export interface Path {
  /** Of the requests to the endpoint, in percent. */
  readonly share: number;
  /** The cluster whose pod answers; undefined where nobody does. */
  readonly cluster: string | undefined;
  readonly parts: readonly Part[];
  readonly problem: LegProblem | undefined;
}

/** What becomes of requests to one endpoint. */
export interface Leg {
  readonly paths: readonly Path[];
  /** What each gateway at the address does, where the endpoint is a gateway. */
  readonly passages: readonly GatewayPassage[];
  /** Sentences. */
  readonly assumptions: readonly string[];
}

/** Who sends over the leg. */
export interface Sender {
  readonly cluster: string;
  readonly network: string;
  /** Whether the request travels in mutual TLS that begins at the client. */
  readonly mtls: boolean;
  /** How many gateways it has come through. */
  readonly gateways: number;
}

/** Gateways that lead to gateways: a mesh with more than this on the way is wrong (no REQUESTED_NETWORK_VIEW). */
const maxGateways = 3;

/** The link that a connection from one network to another runs over, if any. */
export function linkBetween(one: string, other: string): readonly Part[] {
  const isAcross = one !== '' && other !== '' && one !== other;
  if (!isAcross) return [];
  return [one < other ? `network-link:${one}-${other}` : `network-link:${other}-${one}`];
}

/** Follows requests to an endpoint to where they end, gateways included. */
export function followLeg(inquiry: Inquiry, endpoint: EffectiveEndpoint, sender: Sender): Leg {
  const { address, via, cluster, network, sni } = endpoint;
  if (via === 'pod') return podLeg(inquiry, endpoint, sender);
  const roots = rootsKeys(inquiry.world.snapshot).get(sender.cluster) ?? '';
  const from = `${sender.network} ${sender.mtls} ${sender.gateways} ${roots}`;
  const key = `${address} ${cluster} ${network} ${sni ?? ''} ${from}`;
  const leg = inquiry.gatewayLegs.get(key) ?? gatewayLeg(inquiry, endpoint, sender);
  inquiry.gatewayLegs.set(key, leg);
  return leg;
}

function gatewayLeg(inquiry: Inquiry, endpoint: EffectiveEndpoint, sender: Sender): Leg {
  const { address } = endpoint;
  const parts = partsTo(endpoint, sender);
  if (sender.gateways >= maxGateways) {
    const explanation = `${address} is the gateway after ${maxGateways} others: gateways send each other the request (is REQUESTED_NETWORK_VIEW missing at them?).`;
    return ended(parts, { code: 'too-many-gateways', explanation });
  }
  const passages = passagesAt(inquiry, endpoint);
  if (passages.length === 0) return unknownGateway(endpoint, parts);
  const legs = passages.map((passage) => throughPassage(inquiry, passage, sender));
  const paths = legs.flatMap((leg) =>
    leg.paths.map((path) => ({ ...path, share: path.share / passages.length, parts: [...parts, ...path.parts] })),
  );
  return { paths, passages, assumptions: legs.flatMap(({ assumptions }) => assumptions) };
}

/** The part that an endpoint is, and the link to it. */
function partsTo({ via, cluster, network }: EffectiveEndpoint, sender: Sender): readonly Part[] {
  const links = linkBetween(sender.network, network);
  if (cluster === '') return links;
  return [via === 'pod' ? `cluster:${cluster}` : `gateway:${cluster}`, ...links];
}

function ended(parts: readonly Part[], problem: LegProblem): Leg {
  return { paths: [{ share: 100, cluster: undefined, parts, problem }], passages: [], assumptions: [] };
}

function answeredBy(cluster: string, parts: readonly Part[]): Pick<Leg, 'paths' | 'passages'> {
  return { paths: [{ share: 100, cluster, parts, problem: undefined }], passages: [] };
}

function podLeg(inquiry: Inquiry, endpoint: EffectiveEndpoint, sender: Sender): Leg {
  const { cluster, network, address } = endpoint;
  const { removedPods } = inquiry.world;
  if (removedPods.size > 0 && removedPods.has(`${cluster} ${ipOf(address)}`)) {
    const explanation = `The pod of ${address} in ${cluster} is gone, and the proxy has not been told.`;
    return ended(partsTo(endpoint, sender), { code: 'pod-gone', explanation });
  }
  const refusal = serverRefusal(inquiry, { endpoint, mtls: sender.mtls, from: sender.cluster });
  if (refusal !== undefined) return ended(partsTo(endpoint, sender), refusal);
  const key = `${sender.network}\n${cluster}\n${network}`;
  const leg = inquiry.direct.get(key) ?? { ...answeredBy(cluster, partsTo(endpoint, sender)), assumptions: [] };
  inquiry.direct.set(key, leg);
  return leg;
}

/** An address that no Service of the snapshot has: behind address translation, or outside the snapshot. */
function unknownGateway({ address, network, cluster }: EffectiveEndpoint, parts: readonly Part[]): Leg {
  const where = cluster === '' ? `network ${network}` : cluster;
  const assumption = `No Service of the snapshot has the gateway address ${address}: what happens behind it in ${where} is taken to work.`;
  return { ...answeredBy(where, parts), assumptions: [assumption] };
}

/** What the gateways at an address do with a server name. */
function passagesAt(inquiry: Inquiry, { address, cluster, sni }: EffectiveEndpoint): readonly GatewayPassage[] {
  const key = `${address} ${cluster} ${sni ?? ''}`;
  const known =
    inquiry.passages.get(key) ??
    throughGateway({ ...inquiry, snapshot: inquiry.world.snapshot, endpoint: { address, cluster, sni } });
  inquiry.passages.set(key, known);
  return known;
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

type Way = Pick<Leg, 'paths' | 'assumptions'>;

/** The same for all senders of one kind, wherever they are. */
function throughPassage(inquiry: Inquiry, passage: GatewayPassage, sender: Sender): Way {
  const roots = rootsKeys(inquiry.world.snapshot).get(sender.cluster) ?? '';
  const kind = `${sender.mtls} ${sender.gateways} ${roots}`;
  const known = inquiry.through(passage);
  const way = known.get(kind) ?? passageLeg(inquiry, passage, sender);
  known.set(kind, way);
  return way;
}

function passageLeg(inquiry: Inquiry, passage: GatewayPassage, sender: Sender): Way {
  const at = [`gateway:${passage.cluster}`];
  if (passage.outcome === 'Blocked') return ended(at, { code: passage.code, explanation: passage.explanation });
  const { paths, assumptions } = behindGateway(inquiry, passage, sender);
  return { paths: paths.map((path) => ({ ...path, parts: [...at, ...path.parts] })), assumptions };
}

/** What becomes of requests that a gateway passes on; the same for all gateways that have been told the same. */
function behindGateway(
  inquiry: Inquiry,
  { answer, proxy, service, cluster }: Extract<GatewayPassage, { outcome: 'Passed' }>,
  sender: Sender,
): Way {
  const here = { ...sender, network: proxy.network, gateways: sender.gateways + 1 };
  const roots = rootsKeys(inquiry.world.snapshot).get(sender.cluster) ?? '';
  const kind = `${here.network} ${here.mtls} ${here.gateways} ${roots}`;
  const known = inquiry.behind(answer);
  const way = known.get(kind) ?? wayThrough(inquiry, answer, here);
  known.set(kind, way);
  if (way.paths.length > 0) return way;
  const explanation = `The gateway ${service} of ${cluster} has no healthy endpoint for the request.`;
  return ended([], { code: 'no-healthy-endpoint', explanation });
}

function wayThrough(
  inquiry: Inquiry,
  { effective }: { readonly effective: readonly EffectiveEndpoint[] },
  here: Sender,
): Way {
  const hosts = effective.filter(({ share }) => share > 0);
  const legs = hosts.map((host) => ({ host, leg: followLeg(inquiry, host, here) }));
  const paths = legs.flatMap(({ host, leg }) =>
    leg.paths.map((path) => ({ ...path, share: (path.share * host.share) / 100 })),
  );
  return { paths: merged(paths), assumptions: legs.flatMap(({ leg }) => leg.assumptions) };
}
