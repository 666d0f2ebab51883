import type { FindingCode } from '../../base/finding.ts';
import type { FlowFacts, MemberFacts, MeshEvidence } from '../facts/mesh.ts';
import type { PeerStatus } from '../facts/status.ts';
import type { Suspect } from './suspect.ts';

/** What requests from one cluster to another need, in the order in which each stands on those before it. */
export const rungs = [
  /** Other networks have an address for the cluster. */
  'Address',
  /** The caller's istiod gets answers from the API server. */
  'Route',
  /** What the servers present verifies with what the callers trust. */
  'Tls',
  /** The gateway there passes on what the callers ask for by server name. */
  'Sni',
  /** The caller's istiod has a remote secret. */
  'Secret',
  /** The API server takes the token: istiod has synced. */
  'Token',
  /** The caller's istiod has endpoints there. */
  'Endpoints',
  /** Its istiod serves the callers' proxies. */
  'Envoy',
  /** Requests are answered, by the model. */
  'Request',
] as const;
export type Rung = (typeof rungs)[number];

/** `Follows`: it fails, and a rung below it does already. `NotNeeded`: the two clusters do without. */
export type RungState = 'Passed' | 'Failed' | 'Follows' | 'Unknown' | 'NotNeeded';

export interface RungResult {
  readonly rung: Rung;
  readonly state: RungState;
  /** The finding by which it fails. */
  readonly code?: FindingCode;
}

/** The rungs of one ordered pair of clusters. */
export interface PairLadder {
  readonly from: string;
  readonly to: string;
  readonly rungs: readonly RungResult[];
  /** The first that fails: what is wrong above it may follow from it. */
  readonly firstFailed?: Rung;
}

interface Pair {
  readonly from: MemberFacts;
  readonly to: MemberFacts;
  readonly evidence: MeshEvidence;
  readonly suspects: readonly Suspect[];
}

/** What is known of a rung: a code that makes it fail, or another state. */
type Judgement = { readonly code: FindingCode } | Exclude<RungState, 'Failed' | 'Follows'>;

/** The rungs of every ordered pair of clusters. */
export function laddersOf(evidence: MeshEvidence, suspects: readonly Suspect[]): readonly PairLadder[] {
  const { members } = evidence;
  return members.flatMap((from) =>
    members.filter((to) => to !== from).map((to) => ladderOf({ from, to, evidence, suspects })),
  );
}

function ladderOf(pair: Pair): PairLadder {
  let firstFailed: Rung | undefined;
  const results = rungs.map((rung): RungResult => {
    const judged = probedAt(rung, pair) ?? judges[rung](pair);
    if (typeof judged === 'string') return { rung, state: judged };
    const state = firstFailed === undefined ? 'Failed' : 'Follows';
    firstFailed ??= rung;
    return { rung, state, code: judged.code };
  });
  const { from, to } = pair;
  const base = { from: from.cluster, to: to.cluster, rungs: results };
  return firstFailed === undefined ? base : { ...base, firstFailed };
}

/** The rung at which real requests fail, by the hop that they reach; all other hops are those of the request itself. */
const rungOfHop: Partial<Readonly<Record<FindingCode, Rung>>> = {
  'verify-connect': 'Address',
  'verify-trust': 'Tls',
  'verify-gateway': 'Sni',
  'verify-discovery': 'Endpoints',
  'verify-network': 'Endpoints',
  'verify-client-proxy': 'Envoy',
};

/** What real requests say of a rung; undefined where none were sent, or where they say nothing of it. */
function probedAt(rung: Rung, { from, to, evidence }: Pair): Judgement | undefined {
  const found = (evidence.probed ?? []).find((one) => one.from === from.cluster && one.to === to.cluster);
  if (found === undefined) return undefined;
  const { finding } = found;
  if (finding === undefined) return rung === 'Request' ? 'Passed' : undefined;
  if ((rungOfHop[finding.code] ?? 'Request') !== rung) return undefined;
  return finding.confidence === 'Unknown' ? 'Unknown' : { code: finding.code };
}

const judges: Readonly<Record<Rung, (pair: Pair) => Judgement>> = {
  Address: (pair) => {
    if (!crossesNetworks(pair)) return 'NotNeeded';
    const found = foundIn(pair, pair.to, ['gateway-address']);
    if (found !== undefined) return found;
    return typeof pair.to.gatewayAddress === 'string' ? 'Passed' : 'Unknown';
  },
  Route: (pair) => {
    const peer = peerOf(pair);
    if (peer === undefined) return unreadOr(pair, 'NotNeeded');
    if (peer.answers === 'Yes') return 'Passed';
    if (peer.answers === 'No') return { code: 'peer-answer' };
    return isOutOfReach(peer) ? { code: 'peer-sync' } : 'Unknown';
  },
  Tls: ({ from, to, evidence }) => {
    const found = evidence.relations.find((one) => one.from === from.cluster && one.to === to.cluster);
    if (found?.trusts === 'No') return { code: 'no-common-root' };
    return found?.trusts === 'Yes' ? 'Passed' : 'Unknown';
  },
  Sni: (pair) => {
    if (!crossesNetworks(pair)) return 'NotNeeded';
    const atGateway = foundIn(pair, pair.to, ['gateway-not-ready']) ?? lostBy(pair, gatewayCodes);
    return atGateway ?? (isAnswered(pair) ? 'Passed' : 'Unknown');
  },
  Secret: (pair) => {
    const peer = peerOf(pair);
    if (peer === undefined) return unreadOr(pair, 'NotNeeded');
    if (peer.configured === null) return 'Unknown';
    return peer.configured ? 'Passed' : { code: 'peer-secret' };
  },
  Token: (pair) => {
    const peer = peerOf(pair);
    if (peer === undefined) return unreadOr(pair, 'NotNeeded');
    if (peer.state === null) return 'Unknown';
    if (peer.state === 'synced') return 'Passed';
    return { code: peer.configured === false ? 'peer-secret' : 'peer-sync' };
  },
  Endpoints: (pair) => {
    const { from, to, suspects, evidence } = pair;
    const isEmpty = suspects.some(
      ({ finding: { code, cluster, peer } }) =>
        code === 'peer-endpoints' && cluster === from.cluster && peer === to.cluster,
    );
    if (isEmpty) return { code: 'peer-endpoints' };
    if (isAnswered(pair)) return 'Passed';
    const isHeld = (evidence.held ?? []).some(
      ({ cluster, peer, endpoints }) => cluster === from.cluster && peer === to.cluster && endpoints > 0,
    );
    return lostBy(pair, endpointCodes) ?? (isHeld ? 'Passed' : 'Unknown');
  },
  Envoy: (pair) => {
    const found = foundIn(pair, pair.from, ['proxy-unserved', 'control-plane-not-ready']);
    return found ?? (pair.from.isRead ? 'Passed' : 'Unknown');
  },
  Request: (pair) => {
    const lost = flowsOf(pair).filter(({ outcome }) => outcome === 'Lost');
    if (isAnswered(pair) && lost.length === 0) return 'Passed';
    const code = lost[0]?.findings[0]?.code;
    if (code !== undefined) return { code };
    return isAnswered(pair) ? 'Passed' : 'Unknown';
  },
};

const gatewayCodes: readonly FindingCode[] = [
  ...(['host-not-served', 'no-filter-chain', 'no-gateway-pod', 'no-passthrough-server', 'no-server'] as const),
  ...(['other-network', 'too-many-gateways', 'unknown-sni'] as const),
];
const endpointCodes: readonly FindingCode[] = ['no-endpoint', 'none-healthy', 'unknown-host', 'no-such-port'];

function crossesNetworks({ from, to }: Pair): boolean {
  return from.network !== to.network;
}

function peerOf({ from, to }: Pair): PeerStatus | undefined {
  return from.peers.find(({ peer }) => peer === to.cluster);
}

/** Where a cluster was not read, nobody knows what its istiod has. */
function unreadOr({ from }: Pair, state: 'NotNeeded'): 'NotNeeded' | 'Unknown' {
  return from.isRead ? state : 'Unknown';
}

/** istiod has not synced because nothing answers it, and not because it is refused. */
function isOutOfReach({ state, failure = '' }: PeerStatus): boolean {
  return state !== null && state !== 'synced' && /dial tcp|i\/o timeout|no route|connection refused/.test(failure);
}

function foundIn({ suspects }: Pair, { cluster }: MemberFacts, codes: readonly FindingCode[]): Judgement | undefined {
  const code = suspects.find(({ finding }) => finding.cluster === cluster && codes.includes(finding.code))?.finding
    .code;
  return code === undefined ? undefined : { code };
}

/** Requests of the pair that are lost with one of these codes. */
function lostBy({ from, to, suspects }: Pair, codes: readonly FindingCode[]): Judgement | undefined {
  const found = suspects.find(
    ({ finding, callers, servers }) =>
      callers.has(from.cluster) &&
      codes.includes(finding.code) &&
      (finding.cluster === to.cluster || servers.has(to.cluster)),
  );
  return found === undefined ? undefined : { code: found.finding.code };
}

function flowsOf({ from, to, evidence }: Pair): readonly FlowFacts[] {
  return (evidence.flows ?? []).filter(
    (flow) =>
      flow.from === from.cluster &&
      (flow.answeredBy.includes(to.cluster) ||
        flow.excluded.some(({ cluster }) => cluster === to.cluster) ||
        flow.findings.some(({ cluster }) => cluster === to.cluster)),
  );
}

function isAnswered(pair: Pair): boolean {
  return flowsOf(pair).some(({ answeredBy }) => answeredBy.includes(pair.to.cluster));
}
