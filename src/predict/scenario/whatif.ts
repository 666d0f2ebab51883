import { remember } from '../../base/memo.ts';
import { isWildcard } from '../../discovery/values/host-name.ts';
import { versionAssumptions } from '../../discovery/values/istio-version.ts';
import { flagAssumptions } from '../../discovery/values/istiod-flags.ts';
import type { IstiodView, Service } from '../../discovery/values/model.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { askOnce, inquireAbout } from '../request/inquiry.ts';
import { type Caller, type Representative, representatives } from '../world/caller.ts';
import { type World, worldOf } from '../world/world.ts';
import { type Aftermath, aftermath, type Scenario, undisturbed } from './aftermath.ts';
import { downText } from './down.ts';
import { type UntilExpiry, untilExpiry } from './expiry.ts';
import { type Flow, type FlowRequest, type FlowState, type Open, stateReader } from './flow.ts';
import { addSinglePoints, rankedSinglePoints, type SinglePoint, type SinglePointTally } from './single-points.ts';
import { addUnknown, type UnknownFlows, type UnknownTally, unknownFlows } from './unknown.ts';

/** This folder compares all requests in a mesh with those in one that has lost or changed something, over `request/`. */

/**
 * What becomes of a flow. `Degraded`: some requests are not answered. `Restored`: it had no answer and has one.
 * `Rerouted`: the same clusters answer as much, and the way there is another. `CallerGone`: no caller is left.
 */
export const verdicts = [
  'Unreachable',
  'Degraded',
  'Moved',
  'Rerouted',
  'Restored',
  'CallerGone',
  'Unchanged',
] as const;
export type Verdict = (typeof verdicts)[number];

export interface FlowChange {
  readonly host: string;
  readonly port: number;
  readonly from: string;
  readonly network: string;
  /** The caller that was asked for: one of the service's own namespace where there is one. */
  readonly caller: string;
  /** The route that its requests take, where a service's routes all need more than `GET /`; null otherwise. */
  readonly route: string | null;
  readonly verdict: Exclude<Verdict, 'Unchanged'>;
  readonly before: FlowState;
  /** Null where the caller is gone. */
  readonly after: FlowState | null;
}

/** A flow of which requests are lost as the mesh is. */
export interface FailingFlow extends Pick<FlowChange, 'host' | 'port' | 'from' | 'network' | 'caller' | 'route'> {
  readonly state: FlowState;
}

export interface WhatIf {
  /** As the command line names them. */
  readonly down: readonly string[];
  /** As the command line names them. */
  readonly splits: readonly string[];
  readonly changedObjects: number;
  readonly clusters: number;
  readonly services: number;
  /** `Unknown`: what becomes of the flow is not known. */
  readonly counts: Readonly<Record<Verdict | 'Unknown', number>>;
  /** Flows that had no answer before either. */
  readonly unreachableBefore: number;
  /** Why flows are not known, and who must do what about it; also what has no flow because its cluster was not read. */
  readonly unknown: readonly UnknownFlows[];
  /** Flows of which requests are lost before anything happens. */
  readonly failing: readonly FailingFlow[];
  /** Every flow that is not unchanged, gravest first. */
  readonly changes: readonly FlowChange[];
  /** What is left hangs on these. */
  readonly singlePoints: readonly SinglePoint[];
  readonly untilExpiry: readonly UntilExpiry[];
  readonly assumptions: readonly string[];
}

/** Every service from every cluster that calls it, before and after something happens to the mesh. */
export function whatif(snapshot: Snapshot, scenario: Scenario): WhatIf {
  return ended(whatifByHost(snapshot, scenario));
}

/** The same in steps, one for each host, so that who runs it may do something else meanwhile. */
export function* whatifByHost(snapshot: Snapshot, scenario: Scenario): Generator<Progress, WhatIf> {
  const before = worldOf(snapshot);
  const result = yield* compareWorlds(before, aftermath(before, scenario), scenario);
  return { ...result, down: scenario.downs.map(downText), changedObjects: scenario.changes.length };
}

/** Every service from every cluster that calls it, in two states of a mesh. */
export function whatChanges(before: Snapshot, after: Snapshot): WhatIf {
  return ended(compareWorlds(worldOf(before), undisturbed(worldOf(after)), {}));
}

/** How many of the hosts are compared. */
export interface Progress {
  readonly done: number;
  readonly hosts: number;
}

function ended<T>(steps: Iterator<unknown, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

function* compareWorlds(
  before: World,
  after: Aftermath,
  { request = {}, host: wanted }: Pick<Scenario, 'request' | 'host'>,
): Generator<Progress, WhatIf> {
  const { snapshot } = before;
  const tally = newTally();
  const callers = representatives(snapshot);
  const byHost = flowsByHost(before, after, callers, wanted);
  let done = 0;
  for (const [host, flows] of byHost) {
    const comparer = comparerFor(host, { before, after, request });
    for (const flow of flows) for (const comparison of comparer(flow)) count(tally, flow, comparison);
    done += 1;
    yield { done, hosts: byHost.size };
  }
  const { counts, services, unreachableBefore, unknown, failing, changes, points } = tally;
  return {
    down: [],
    splits: [],
    changedObjects: 0,
    clusters: snapshot.clusters.length,
    services: services.size,
    counts,
    unreachableBefore,
    unknown: unknownFlows(unknown, snapshot),
    failing,
    changes: changes.sort((a, b) => verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict)),
    singlePoints: rankedSinglePoints(points),
    untilExpiry: untilExpiry(snapshot, after),
    assumptions: [
      ...assumptionsOf(after, changes),
      ...snapshot.istiods.flatMap((one) => [...versionAssumptions(one), ...flagAssumptions(one)]),
    ],
  };
}

interface Tally {
  readonly counts: Record<Verdict | 'Unknown', number>;
  readonly services: Set<string>;
  readonly failing: FailingFlow[];
  readonly changes: FlowChange[];
  readonly points: SinglePointTally;
  readonly unknown: UnknownTally;
  unreachableBefore: number;
}

function newTally(): Tally {
  const none = { Unreachable: 0, Degraded: 0, Moved: 0, Rerouted: 0, Restored: 0, CallerGone: 0, Unchanged: 0 };
  return {
    counts: { ...none, Unknown: 0 },
    services: new Set(),
    failing: [],
    changes: [],
    points: new Map(),
    unknown: new Map(),
    unreachableBefore: 0,
  };
}

function count(tally: Tally, flow: Flow, comparison: Comparison): void {
  if (comparison === 'NotThere') return;
  tally.services.add(flow.host);
  if ('code' in comparison) {
    tally.counts.Unknown += 1;
    addUnknown(tally.unknown, flow, comparison);
    return;
  }
  const { before, after, change } = comparison;
  tally.counts[change?.verdict ?? 'Unchanged'] += 1;
  if (before.lost > tolerance) tally.failing.push({ ...namesOf(flow), state: before });
  if (change !== undefined) tally.changes.push(change);
  else if (before.lost >= 100) tally.unreachableBefore += 1;
  if (after !== null && after.lost < 100) addSinglePoints(tally.points, flow, after);
}

/** Every service, or the wanted one, from every cluster and network with callers, by host: what is found for one host is then let go. */
export function flowsByHost(
  before: World,
  { world }: Pick<Aftermath, 'world'>,
  callers: readonly Representative[],
  wanted?: string,
): ReadonlyMap<string, readonly Flow[]> {
  const found = new Map<string, Flow[]>();
  for (const representative of callers) {
    const { cluster } = representative;
    const worlds = [before, world];
    const known = (one: World): Iterable<string> => one.viewAbout(cluster, '')?.services.keys() ?? [];
    const hosts = new Set(wanted === undefined ? worlds.flatMap((one) => [...known(one)]) : [wanted]);
    for (const host of hosts) {
      const flows = remember(found, host, () => []);
      const ports = new Map(worlds.flatMap((one) => portsOf(one.viewAbout(cluster, host), host)));
      for (const [port, namespace] of ports) flows.push({ host, port, caller: callerFor(representative, namespace) });
    }
  }
  return found;
}

/** Services of Kubernetes and Istio themselves, which applications do not call through the mesh. */
const platformNamespaces = ['kube-system', 'kube-public', 'kube-node-lease'];

/** The TCP ports of a service, each with the service's namespace; patterns are no hosts to call. */
function portsOf(view: IstiodView | undefined, host: string): readonly (readonly [number, string])[] {
  if (view === undefined) return [];
  return applicationServices(view, host).flatMap(({ ports, namespace }) =>
    ports.flatMap(({ port, protocol }) => (protocol === 'UDP' ? [] : [[port, namespace] as const])),
  );
}

/** The services of a host that applications call. */
export function applicationServices(view: IstiodView, host: string): readonly Service[] {
  if (isWildcard(host)) return [];
  const left = new Set([...platformNamespaces, view.istiod.namespace]);
  return [...(view.services.get(host)?.values() ?? [])].filter(
    ({ namespace, name }) => !left.has(namespace) && !(namespace === 'default' && name === 'kubernetes'),
  );
}

function callerFor({ byNamespace, any }: Representative, namespace: string): Caller {
  return byNamespace.get(namespace) ?? any;
}

interface FlowPair {
  readonly before: FlowState;
  readonly after: FlowState | null;
  readonly change: FlowChange | undefined;
}

/** Codes of flows that do not count: the service is not meant for the caller. */
export const notThere: ReadonlySet<string> = new Set(['not-in-sidecar-scope', 'not-exported']);

/** `Open`: what becomes of the flow, before or after, is not known. */
type Comparison = FlowPair | 'NotThere' | Open;

/** Compares the flows to one host. Proxies of the same configuration share what was found for one of them. */
function comparerFor(
  host: string,
  { before, after, request }: { readonly before: World; readonly after: Aftermath; readonly request: FlowRequest },
): (flow: Flow) => readonly Comparison[] {
  const ask = askOnce();
  const about = { ask, http: request };
  const inquiry = inquireAbout(before, host, about);
  const later = after.world === before ? inquiry : inquireAbout(after.world, host, about);
  const was = stateReader(inquiry, new Map(), request);
  const is = stateReader(later, after.dead, request);
  const compareOne = (flow: Flow): Comparison =>
    compared(flow, was(flow), after.goneClusters.has(flow.caller.cluster) ? null : is(flow));
  return (flow) => {
    const names = new Set([...(was(flow).routes ?? []), ...(is(flow).routes ?? [])]);
    return names.size === 0 ? [compareOne(flow)] : [...names].map((route) => compareOne({ ...flow, route }));
  };
}

function compared(flow: Flow, was: FlowState, is: FlowState | null): Comparison {
  const codes = [was.none, is?.none ?? was.none];
  if (codes.every((code) => code !== undefined && notThere.has(code))) return 'NotThere';
  // Who no longer calls needs no answer.
  const open = is === null ? undefined : (was.open ?? is.open);
  if (open !== undefined) return open;
  const verdict = verdictOf(was, is);
  if (verdict === 'Unchanged') return { before: was, after: is, change: undefined };
  const change = { ...namesOf(flow), verdict, before: was, after: is };
  return { before: was, after: is, change };
}

function namesOf({ host, port, caller, route }: Flow): Omit<FailingFlow, 'state'> {
  const { cluster, namespace, workload, proxy } = caller;
  const names = { host, port, from: cluster, network: proxy.network };
  return { ...names, caller: `${namespace}/${workload}`, route: route ?? null };
}

/** Shares that differ by less, in percent, are the same. */
const tolerance = 0.01;

function verdictOf(was: FlowState, is: FlowState | null): Verdict {
  if (is === null) return was.lost >= 100 ? 'Unchanged' : 'CallerGone';
  if (is.lost >= 100) return was.lost >= 100 ? 'Unchanged' : 'Unreachable';
  if (was.lost >= 100) return 'Restored';
  if (is.lost > was.lost + tolerance) return 'Degraded';
  const clusters = [...new Set([...was.shares.keys(), ...is.shares.keys()])];
  const isSame = clusters.every(
    (name) => Math.abs((was.shares.get(name) ?? 0) - (is.shares.get(name) ?? 0)) < tolerance,
  );
  if (!isSame) return 'Moved';
  return clusters.every((name) => was.ways.get(name)?.join() === is.ways.get(name)?.join()) ? 'Unchanged' : 'Rerouted';
}

const always = [
  'Services of Kubernetes and of Istio’s own namespace are left out.',
  'Callers are one proxy of each cluster and network, of the service’s own namespace where it has one; requests carry no headers that routes look at, and where all routes need something else there is one flow for each of them.',
  'No NetworkPolicy forbids a request, and whoever is left has room for the load.',
  'Open connections stay where they are until they close.',
];
const kept =
  'istiods keep the endpoints of a cluster that they cannot reach: until somebody takes its remote secret away, or they restart, requests still go there.';
const retries =
  'Shares that are lost are those of first attempts: Envoy tries HTTP requests twice more elsewhere after a failed connection, which may take its connect timeout (10 s by default) each time.';
const ejection =
  'With outlier detection the shares are those after Envoy has put failing hosts aside; the requests before that are lost, and now and then one that tries a host again.';

function assumptionsOf({ goneClusters }: Aftermath, changes: readonly FlowChange[]): readonly string[] {
  const losses = changes.flatMap(({ after }) => after ?? []);
  return [
    ...always,
    ...(goneClusters.size > 0 ? [kept] : []),
    ...(losses.some(({ lost }) => lost > 0 && lost < 100) ? [retries] : []),
    ...(losses.some(({ lost, lostAtFirst }) => lostAtFirst > lost) ? [ejection] : []),
  ];
}
