import { remedy, run } from '../../base/remedy.ts';
import type { GatewayPassage } from '../../discovery/endpoints/east-west.ts';
import type { HttpFacts } from '../../discovery/rules/access-condition.ts';
import { concreteHost } from '../../discovery/rules/alias.ts';
import { sideEffects } from '../../discovery/rules/http-route.ts';
import { type RouteAnswer, route, type WeightedDestination } from '../../discovery/rules/virtual-service.ts';
import {
  type AnswerEndpoint,
  type EffectiveEndpoint,
  type ExcludedEndpoint,
  envoyClusterName,
} from '../../discovery/values/answer.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { Caller } from '../world/caller.ts';
import type { World } from '../world/world.ts';
import { assumptionsOf } from './assumption.ts';
import { type Delivery, deliver, rounded } from './delivery.ts';
import { type TraceFinding, traceFinding } from './finding.ts';
import { type Inquiry, inquire } from './inquiry.ts';
import { hintForRemotes, openByKinds, openByRemotes, unreadByIstiod } from './missing-cluster.ts';
import type { Hop } from './path.ts';
import { certainOfAddress } from './pod-address.ts';
import { type ResolvedHost, resolveHost } from './resolve-host.ts';
import { type Shares, shares, sharesOf } from './shares.ts';
import { isWhole } from './verdict.ts';

/** This folder follows one request through the model, hop by hop (path.ts has its words). It needs `world/` alone. */

export interface TraceRequest {
  /** As the application writes it: a short name, or a full one. */
  readonly host: string;
  readonly port: number;
  /** A subset that the request goes to without asking the routes; '' leaves it to them. */
  readonly subset: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  /** With the query, if any. */
  readonly path: string;
}

/** What becomes of the part of the requests that one destination of the routes gets; its shares are of that part. */
export interface TracedDestination extends Shares {
  readonly host: string;
  readonly port: number;
  readonly subset: string;
  /** Percent of the requests. */
  readonly share: number;
  /** Envoy's name of its cluster. */
  readonly envoyCluster: string;
  readonly endpoints: readonly AnswerEndpoint[];
  readonly effective: readonly EffectiveEndpoint[];
  readonly excluded: readonly ExcludedEndpoint[];
  /** The second half of the way of each host that gets requests. */
  readonly hops: readonly Hop[];
  readonly findings: readonly TraceFinding[];
  readonly assumptions: readonly string[];
}

/** The way of a request through the mesh. */
export interface Trace extends Shares {
  readonly from: Caller;
  /** The cluster whose istiod serves the caller; null where none does. */
  readonly istiod: string | null;
  readonly request: TraceRequest;
  readonly resolved: ResolvedHost;
  /** What istiod takes the port to speak, by its name or appProtocol; '' where nothing declares it. */
  readonly protocol: string;
  /** Null where the request names its subset, so that no route is asked. */
  readonly route: RouteAnswer | null;
  readonly destinations: readonly TracedDestination[];
  readonly findings: readonly TraceFinding[];
  readonly assumptions: readonly string[];
}

/** Predicts what becomes of a request. */
export function trace(world: World, caller: Caller, request: TraceRequest): Trace {
  const view = world.viewFor(caller.cluster);
  if (view === undefined) return withoutIstiod(world.snapshot, caller, request);
  const resolved = resolveHost(request.host, { snapshot: world.snapshot, view, caller });
  const routed = request.subset === '' ? route(view, caller.proxy, { ...request, host: resolved.host }) : null;
  const inquiry = inquire(world, factsOf(request, routed?.notes ?? []));
  const host = concreteHost(view, resolved.host) ?? resolved.host;
  const destinations = destinationsOf(routed, host, request).map((destination) =>
    traced(inquiry, view, caller, destination),
  );
  const unresolved = resolved.by === 'None' ? [notResolved(caller, resolved.host)] : [];
  const unrouted =
    routed?.outcome === 'NotRouted'
      ? [unroutedFinding(world.snapshot, caller, { ...routed, host: resolved.host })]
      : [];
  return {
    from: caller,
    istiod: view.istiod.cluster,
    request,
    resolved,
    protocol: protocolOf(view, host, request.port),
    route: routed,
    destinations,
    ...sharesOf(unresolved.length > 0 ? undefined : routed, destinations),
    findings: [...unresolved, ...unrouted, ...destinations.flatMap(({ findings }) => findings)],
    assumptions: assumptionsOf({ view, caller, routed, resolved, destinations }),
  };
}

function unroutedFinding(
  snapshot: Snapshot,
  caller: Caller,
  { code, explanation, host }: Extract<RouteAnswer, { outcome: 'NotRouted' }> & { readonly host: string },
): TraceFinding {
  const certain = code === 'passed-through' ? certainOfAddress(snapshot, caller, host) : '';
  return traceFinding(code, `${explanation}${certain}`, 100, { cluster: caller.cluster });
}

/** What a server sees of the request, as far as no route changes it on the way. */
function factsOf({ host, port, headers, method, path }: TraceRequest, notes: readonly string[]): HttpFacts {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const written = given.get(':authority') ?? given.get('host') ?? (port === 80 ? host : `${host}:${port}`);
  return {
    method,
    ...(notes.includes(sideEffects.rewrite) ? {} : { path, host: written }),
    ...(notes.includes(sideEffects.headers) ? {} : { headers: given }),
  };
}

function protocolOf({ services }: IstiodView, host: string, port: number): string {
  const [service] = services.get(host)?.values() ?? [];
  const protocol = service?.ports.find((one) => one.port === port)?.protocol ?? '';
  return protocol === 'UnsupportedProtocol' ? '' : protocol;
}

function withoutIstiod({ unreadKinds = {} }: Snapshot, caller: Caller, request: TraceRequest): Trace {
  const { cluster } = caller;
  const unread = Object.entries(unreadKinds).find(([, kinds]) => kinds.Deployment !== undefined);
  const finding =
    unread === undefined
      ? traceFinding(
          'no-istiod',
          `No istiod of the snapshot serves cluster ${cluster}: its proxies are not configured.`,
          100,
          { cluster },
        )
      : traceFinding(
          'objects-unread',
          `Which istiod serves cluster ${cluster} is not known: Deployments of ${unread[0]} could not be read (${unread[1].Deployment}).`,
          100,
          { cluster },
        );
  return {
    from: caller,
    istiod: null,
    request,
    resolved: { host: request.host, by: 'None' },
    protocol: '',
    route: null,
    destinations: [],
    ...shares(0, unread === undefined ? 0 : 100),
    findings: [finding],
    assumptions: [],
  };
}

function notResolved({ cluster, capturesDns }: Caller, host: string): TraceFinding {
  const dns = capturesDns ? 'neither it nor the sidecar knows' : 'it does not know';
  const explanation = `The DNS of ${cluster} is asked, and ${dns} ${host}: a Service of that name must be in the caller's cluster, or the sidecar must answer for it (ISTIO_META_DNS_CAPTURE).`;
  return traceFinding('name-not-resolved', explanation, 100, { cluster });
}

function destinationsOf(
  routed: RouteAnswer | null,
  host: string,
  { port, subset }: TraceRequest,
): readonly WeightedDestination[] {
  if (routed === null) return [{ host, port, subset, share: 100 }];
  return routed.outcome === 'Routed' ? routed.destinations : [];
}

function traced(
  inquiry: Inquiry,
  view: IstiodView,
  caller: Caller,
  destination: WeightedDestination,
): TracedDestination {
  const { host, port, subset, share } = destination;
  const delivery = deliver(inquiry, view, caller, { host, port, subset, mode: 'outbound' });
  const { answer, hops, delivered, notJudged } = delivery;
  const found = answer.outcome === 'Answer' ? answer : undefined;
  const { snapshot } = inquiry.world;
  const isMissing = hops.length === 0 && (answer.outcome === 'Answer' || answer.code === 'unknown-host');
  const isKnown = isWhole(delivered + notJudged);
  const open = unreadFindings(inquiry.world, view, destination).filter(
    ({ code }) => isKnown || (isMissing && code === 'endpoints-unread'),
  );
  const isOpen = open.length > 0;
  const unreadEndpoints = unreadByIstiod(snapshot, view, destination);
  const own = findingsOf(delivery, destination, { cluster: caller.cluster, unread: unreadEndpoints });
  return {
    host,
    port,
    subset,
    share,
    envoyCluster: envoyClusterName('outbound', destination),
    endpoints: found?.endpoints ?? [],
    effective: found?.effective ?? [],
    excluded: [...(found?.excluded ?? []), ...unreadEndpoints],
    hops,
    ...(isOpen ? shares(0, 100) : shares(delivered, notJudged)),
    findings: isOpen ? [...open, ...(isMissing ? [] : own)] : own,
    assumptions: [...(found?.assumptions ?? []), ...hops.flatMap(({ leg }) => leg.assumptions)],
  };
}

/** What was not read that may change what becomes of the requests of a destination. */
function unreadFindings(
  { snapshot }: World,
  view: IstiodView,
  { host, port, share }: WeightedDestination,
): readonly TraceFinding[] {
  const { cluster } = view.istiod;
  const remotes = openByRemotes(snapshot, view, { host, what: `${host}:${port}` });
  const kinds = openByKinds(snapshot, view);
  return [
    ...(remotes === undefined
      ? []
      : [traceFinding('endpoints-unread', remotes, share, { cluster, remedy: hintForRemotes(snapshot, view) })]),
    ...(kinds === undefined ? [] : [traceFinding('objects-unread', kinds, share, { cluster })]),
  ];
}

function findingsOf(
  { answer, hops }: Delivery,
  { host, port, share }: WeightedDestination,
  { cluster, unread }: { readonly cluster: string; readonly unread: readonly ExcludedEndpoint[] },
): readonly TraceFinding[] {
  if (answer.outcome === 'None') return [traceFinding(answer.code, answer.explanation, share, { cluster })];
  if (hops.length === 0) {
    const isEmpty = answer.effective.length === 0;
    const why = isEmpty ? 'has no endpoint' : 'has endpoints, but none is healthy,';
    const explanation = `${host}:${port} ${why} that the caller's sidecar may use`;
    if (!isEmpty) return [traceFinding('none-healthy', explanation, share, { cluster })];
    const clauses = [...new Set(unread.map((one) => one.explanation.replace(/\.$/, '')))];
    return [
      clauses.length === 0
        ? traceFinding('no-endpoint', explanation, share, { cluster })
        : traceFinding('no-endpoint', `${explanation}: ${clauses.join('; ')}`, share, {
            cluster,
            remedy: remedy`see with ${run('status')} why; ${run('apply')} makes the remote secrets as declared`,
          }),
    ];
  }
  const problems = new Map<string, TraceFinding>();
  for (const { endpoint, leg } of hops) {
    for (const path of leg.paths) {
      if (path.problem === undefined) continue;
      const { code, explanation } = path.problem;
      const known = problems.get(explanation)?.share ?? 0;
      const part = (share * endpoint.share * path.share) / 10_000;
      const fact = `the sidecar sends requests to ${endpoint.address} for ${host}:${port}`;
      const evidence = [{ fact, source: `prediction for a sidecar of ${cluster}` }];
      const subject = { cluster: endpoint.cluster, evidence };
      problems.set(explanation, traceFinding(code, explanation, rounded(known + part), subject));
    }
  }
  return [...problems.values()];
}

/** The answers of the gateways on the way of a destination, each once. */
export function passagesOf({ hops }: TracedDestination): readonly GatewayPassage[] {
  return [...new Set(hops.flatMap(({ leg }) => leg.passages))];
}
