import { oncePer, remember } from '../../base/memo.ts';
import type { Remedy } from '../../base/remedy.ts';
import { type NotRoutedCode, type RouteAnswer, route } from '../../discovery/rules/virtual-service.ts';
import type { EdsAnswer, EffectiveEndpoint, NoAnswerCode, Query } from '../../discovery/values/answer.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import { accessOf } from '../request/access.ts';
import { answeredOf, rounded } from '../request/delivery.ts';
import type { TraceFindingCode } from '../request/finding.ts';
import type { Inquiry } from '../request/inquiry.ts';
import { followLeg, senderOf } from '../request/leg.ts';
import { hintForRemotes, openByKinds, openByRemotes } from '../request/missing-cluster.ts';
import type { Hop, Leg, Part, Path, PathProblemCode } from '../request/path.ts';
import { resolveHost } from '../request/resolve-host.ts';
import { isUnjudged } from '../request/verdict.ts';
import { type Caller, podOf } from '../world/caller.ts';
import { trustKey } from '../world/older-proxies.ts';
import { proxyKey } from '../world/proxy-key.ts';

/** The requests of one caller to one port of a service. */
export interface Flow {
  readonly host: string;
  readonly port: number;
  readonly caller: Caller;
  /** The route of a VirtualService that its requests take, where a request without conditions takes none. */
  readonly route?: string;
}

/** What the requests of all flows have in common. */
export interface FlowRequest {
  readonly path?: string;
  readonly method?: string;
}

/** Where the requests of a flow go. */
export interface FlowState {
  /** What leaves it open whether, or by whom, its requests are answered; then nothing else counts. */
  readonly open?: Open;
  /** The caller's istiod makes no such cluster for it; then nothing else counts. */
  readonly none: NoAnswerCode | NotRoutedCode | PathProblemCode | 'not-routed' | 'name-not-resolved' | undefined;
  /** Percent of the requests by the cluster that answers. */
  readonly shares: ReadonlyMap<string, number>;
  /** The ways to each cluster that answers: `direct`, or the gateways on the way (`gateway:east`), sorted. */
  readonly ways: ReadonlyMap<string, readonly string[]>;
  /** Percent that is lost at the first attempt. */
  readonly lost: number;
  /** Percent that is lost before Envoy has ejected failing hosts. */
  readonly lostAtFirst: number;
  /** Why requests are lost: sentences, at most a few. */
  readonly reasons: readonly string[];
  /** Parts of the mesh that every path to an answer runs over. */
  readonly critical: readonly Part[];
  /** The names of the routes that there are, where the request takes none. */
  readonly routes?: readonly string[];
}

/** Why a flow is not judged. */
export interface Open {
  readonly code: TraceFindingCode;
  /** A sentence. */
  readonly explanation: string;
  /** What to do about it, where that is known better than by the code. */
  readonly hint?: Remedy | undefined;
}

const noState = {
  shares: new Map<string, number>(),
  ways: new Map<string, readonly string[]>(),
  lost: 100,
  lostAtFirst: 100,
  reasons: [],
  critical: [],
};
const maxReasons = 3;

/** Parts of the mesh that are gone, with a sentence for each. */
export type Dead = ReadonlyMap<Part, string>;

/** Where the requests of flows go, once Envoy has reacted to what fails. Callers of the same configuration are read once. */
export function stateReader(inquiry: Inquiry, dead: Dead, request: FlowRequest = {}): (flow: Flow) => FlowState {
  const states = oncePer((_view: IstiodView) => new Map<string, FlowState>());
  // One answer holds all routes of a host: asked for each of them, its length would count twice.
  const answers = oncePer((_view: IstiodView) => new Map<string, RouteAnswer>());
  const judge = judgeOf(dead);
  return (flow) => {
    const { host, port, caller } = flow;
    const view = inquiry.viewFor(caller.cluster);
    if (view === undefined) return { ...noState, none: 'not-routed', reasons: ['No istiod serves the caller.'] };
    const { by } = resolveHost(`${host}.`, { snapshot: inquiry.world.snapshot, view, caller });
    if (by === 'None') {
      return { ...noState, none: 'name-not-resolved', reasons: [`${host} does not resolve in ${caller.cluster}.`] };
    }
    const trust = trustKey(inquiry.world.snapshot, { cluster: caller.cluster, pod: podOf(caller) });
    const access = accessOf(inquiry, view, flow)?.key ?? '';
    const told = `${port} ${trust} ${access} ${proxyKey(view, caller.proxy, host)}`;
    const plain = (): RouteAnswer =>
      remember(answers(view), told, () => route(view, caller.proxy, { host, port, headers: {}, ...request }));
    const key = flow.route === undefined ? told : `${told} ${flow.route}`;
    return remember(states(view), key, () => flowState(inquiry, view, flow, { judge, request, plain }));
  };
}

type Judge = (leg: Leg) => JudgedLeg;

interface Reading {
  readonly judge: Judge;
  readonly request: FlowRequest;
  readonly plain: () => RouteAnswer;
}

function flowState(inquiry: Inquiry, view: IstiodView, flow: Flow, reading: Reading): FlowState {
  const { judge, request } = reading;
  const { caller } = flow;
  const plain = reading.plain();
  const choices = plain.outcome === 'NotRouted' && Object.keys(request).length === 0 ? (plain.routes ?? []) : [];
  const routed = choices.find(({ name }) => name === flow.route)?.answer ?? plain;
  if (routed.outcome === 'NotRouted') {
    const open = isUnjudged(routed.code) ? { open: { code: routed.code, explanation: routed.explanation } } : {};
    const state = { ...noState, ...open, none: codeOf(routed), reasons: [routed.explanation] };
    return choices.length === 0 ? state : { ...state, routes: choices.map(({ name }) => name) };
  }
  const parts = routed.destinations.map(({ share, ...destination }) => {
    const query = { ...destination, mode: 'outbound' } as const;
    return { share, state: settle(inquiry, { view, caller, query, judge }) };
  });
  return combined(parts);
}

function codeOf({ code, hidden }: Extract<RouteAnswer, { outcome: 'NotRouted' }>): FlowState['none'] {
  if (hidden !== undefined) return hidden;
  return isUnjudged(code) || code === 'unknown-host' || code === 'no-such-port' ? code : 'not-routed';
}

interface Destination {
  readonly view: IstiodView;
  readonly caller: Caller;
  readonly query: Query;
  readonly judge: Judge;
}

/** A path that ends where a part of it is gone. */
interface JudgedPath extends Omit<Path, 'problem'> {
  readonly problem: { readonly explanation: string; readonly code?: PathProblemCode } | undefined;
}

/** What is left of the paths of a leg when parts of the mesh are gone. */
interface JudgedLeg {
  readonly paths: readonly JudgedPath[];
  /** Percent of the requests over the leg that are answered. */
  readonly answered: number;
}

/** One host with what is left of the paths to it. */
interface JudgedHost extends JudgedLeg {
  readonly endpoint: EffectiveEndpoint;
}

/** Ejects the hosts that fail and asks again, until Envoy's limit or until nothing more fails. */
function settle(inquiry: Inquiry, destination: Destination): FlowState {
  const { view, caller, query, judge } = destination;
  const ejected = new Set<string>();
  let first: number | undefined;
  for (;;) {
    const asked = ejected.size === 0 ? query : { ...query, ejected: new Set(ejected) };
    const result = inquiry.ask(view, caller.proxy, asked);
    if (result.outcome === 'None') return withOpen(inquiry, destination, withoutCluster(result));
    const hops = hopsOf(inquiry, destination, result).map(
      ({ endpoint, leg }): JudgedHost => ({ endpoint, ...judge(leg) }),
    );
    const used = hops.filter(({ endpoint }) => endpoint.share > 0);
    first ??= lostOf(used);
    const limit = Math.floor((result.effective.length * result.envoyCluster.maxEjection) / 100);
    const failing = used.filter(({ answered }) => answered === 0).slice(0, limit - ejected.size);
    if (failing.length === 0) {
      const state = stateOf(used, { lostAtFirst: first, critical: criticalOf(limit > 0 ? hops : used) });
      return withOpen(inquiry, destination, state);
    }
    for (const { endpoint } of failing) ejected.add(endpoint.address);
  }
}

function withoutCluster({ code, explanation }: Extract<EdsAnswer, { outcome: 'None' }>): FlowState {
  const open = isUnjudged(code) ? { open: { code, explanation } } : {};
  return { ...noState, ...open, none: code, reasons: [explanation] };
}

/** The state, open where something was not read that may change it. A service that is not meant for the caller stays so. */
function withOpen({ world }: Inquiry, { view, query }: Destination, state: FlowState): FlowState {
  if (state.open !== undefined || (state.none !== undefined && state.none !== 'unknown-host')) return state;
  const remotes = openByRemotes(world.snapshot, view, { host: query.host, what: 'services' });
  const hint = hintForRemotes(world.snapshot, view);
  if (remotes !== undefined) return { ...state, open: { code: 'endpoints-unread', explanation: remotes, hint } };
  const kinds = openByKinds(world.snapshot, view);
  return kinds === undefined ? state : { ...state, open: { code: 'objects-unread', explanation: kinds } };
}

/** The hosts that Envoy uses or may come to use, each followed to its end. */
function hopsOf(
  inquiry: Inquiry,
  { view, caller, query }: Destination,
  result: EdsAnswer & { readonly outcome: 'Answer' },
): readonly Hop[] {
  const access = accessOf(inquiry, view, { caller, ...query });
  return inquiry.memos.hops(result, { cluster: caller.cluster, pod: podOf(caller), access }, () =>
    result.effective
      .filter(({ share, health }) => share > 0 || health === 'HEALTHY')
      .map((endpoint) => ({ endpoint, leg: followLeg(inquiry, endpoint, senderOf(caller, endpoint, access)) })),
  );
}

function judgeOf(dead: Dead): Judge {
  return oncePer((leg: Leg): JudgedLeg => {
    const paths = dead.size === 0 ? leg.paths : leg.paths.map((path) => withDead(path, dead));
    return { paths, answered: answeredOf(paths) };
  });
}

function withDead(path: Path, dead: Dead): JudgedPath {
  const part = path.parts.find((one) => dead.has(one));
  if (part === undefined) return path;
  return { ...path, cluster: undefined, problem: { explanation: dead.get(part) ?? '' } };
}

/** Percent of the requests that are lost; all of them where Envoy has no host to send them to. */
function lostOf(used: readonly JudgedHost[]): number {
  return rounded(100 - used.reduce((sum, { endpoint, answered }) => sum + (endpoint.share * answered) / 100, 0));
}

function stateOf(
  used: readonly JudgedHost[],
  rest: { readonly lostAtFirst: number; readonly critical: readonly Part[] },
): FlowState {
  const shares = new Map<string, number>();
  const ways = new Map<string, readonly string[]>();
  const reasons = new Set<string>();
  for (const { endpoint, paths } of used) {
    for (const { cluster, parts, share, problem } of paths) {
      if (problem !== undefined) reasons.add(problem.explanation);
      if (cluster === undefined) continue;
      shares.set(cluster, (shares.get(cluster) ?? 0) + (endpoint.share * share) / 100);
      addWays(ways, cluster, [wayOf(parts)]);
    }
  }
  if (used.length === 0) reasons.add('No healthy endpoint is left.');
  const known = { shares, ways, lost: lostOf(used), reasons: [...reasons].slice(0, maxReasons), ...rest };
  return { none: undefined, ...known, ...openOf(used) };
}

/** What leaves a part of the requests open, if anything does. */
function openOf(used: readonly JudgedHost[]): { readonly open?: Open } {
  for (const { paths } of used) {
    for (const { problem } of paths) {
      const { code, explanation = '' } = problem ?? {};
      if (code !== undefined && isUnjudged(code)) return { open: { code, explanation } };
    }
  }
  return {};
}

function wayOf(parts: readonly Part[]): string {
  const gateways = [...new Set(parts.filter((part) => part.startsWith('gateway:')))];
  return gateways.length === 0 ? 'direct' : gateways.join(', ');
}

function addWays(ways: Map<string, readonly string[]>, cluster: string, more: readonly string[]): void {
  ways.set(cluster, [...new Set([...(ways.get(cluster) ?? []), ...more])].toSorted());
}

/** The parts that every path to an answer has in common. */
function criticalOf(hops: readonly JudgedHost[]): readonly Part[] {
  // Many hosts share one list of parts.
  const lists = new Set<readonly Part[]>();
  for (const { paths } of hops) for (const { cluster, parts } of paths) if (cluster !== undefined) lists.add(parts);
  return inCommon([...lists]);
}

function inCommon(lists: readonly (readonly Part[])[]): readonly Part[] {
  const [first = [], ...others] = lists;
  let common = [...new Set(first)];
  for (const list of others) {
    if (common.length === 0) break;
    common = common.filter((part) => list.includes(part));
  }
  return common;
}

interface WeightedState {
  readonly share: number;
  readonly state: FlowState;
}

/** The destinations of a route together: a part is critical only where it is for each of them. */
function combined(parts: readonly WeightedState[]): FlowState {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only.state;
  // Of a route that leads beyond the model in part the whole is not judged.
  const beyond = parts.find(({ state }) => state.open !== undefined);
  if (beyond !== undefined) return beyond.state;
  const ways = new Map<string, readonly string[]>();
  const shares = new Map<string, number>();
  for (const { share, state } of parts) {
    for (const [cluster, percent] of state.shares) {
      shares.set(cluster, (shares.get(cluster) ?? 0) + (percent * share) / 100);
    }
    for (const [cluster, found] of state.ways) addWays(ways, cluster, found);
  }
  const sum = (of: (state: FlowState) => number): number =>
    rounded(parts.reduce((total, { share, state }) => total + (of(state) * share) / 100, 0));
  return {
    none: undefined,
    shares,
    ways,
    lost: sum(({ lost }) => lost),
    lostAtFirst: sum(({ lostAtFirst }) => lostAtFirst),
    reasons: [...new Set(parts.flatMap(({ state }) => state.reasons))].slice(0, maxReasons),
    critical: inCommon(parts.flatMap(({ state }) => (state.lost < 100 ? [state.critical] : []))),
  };
}
