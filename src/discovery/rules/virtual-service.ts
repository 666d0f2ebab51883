import type { JsonObject } from '../../base/json.ts';
import { fieldsOf, numberOf, objectsOf, selects, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { isCoveredBy, isWildcard, overlaps } from '../values/host-name.ts';
import type { IstiodView, ProxyNode, ServicePort } from '../values/model.ts';
import { isHttp } from '../values/protocol.ts';
import { type ProxyClient, proxyClientOf } from '../values/proxy-client.ts';
import type { Egress } from './egress.ts';
import { appliesTo, type HttpRequest, isCatchAll, matchesRequest, unjudged } from './http-match.ts';
import { egressOf, takesRequests, visibleService } from './sidecar-scope.ts';
import { type Destination, destinationOf, type VirtualService } from './virtual-service-config.ts';

/** This folder reads Istio's configuration: which service, port, rule, route and TLS mode hold for a proxy. */

/** A request of an application behind a sidecar. */
export interface RouteRequest {
  /** The full name that it is sent to. */
  readonly host: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** GET where it is left out. */
  readonly method?: string;
  /** With the query; `/` where it is left out. */
  readonly path?: string;
  /** The server name of a TLS connection; the host where it is left out. */
  readonly sni?: string;
}

export interface WeightedDestination extends Destination {
  /** Percent of the requests, 0 to 100. */
  readonly share: number;
}

/** Where a sidecar sends a request, before endpoints are chosen. */
export type RouteAnswer =
  | {
      readonly outcome: 'Routed';
      readonly destinations: readonly WeightedDestination[];
      /** `namespace/name` of the VirtualService that decides; null where none does. */
      readonly virtualService: string | null;
      /** Sentences: what the route does besides, which is not modelled. */
      readonly notes: readonly string[];
    }
  | {
      readonly outcome: 'NotRouted';
      readonly code: 'unknown-host' | 'no-such-port' | 'no-match' | 'answered-by-proxy' | 'router-not-modelled';
      readonly explanation: string;
      readonly notes: readonly string[];
    };

const detected = 'UnsupportedProtocol';
const detectedNote = 'The protocol of the port is detected by Envoy: the request is taken to be HTTP.';

/** Where a sidecar sends a request: the weighted destinations of the VirtualService for its host, or the host itself. */
export function route(view: IstiodView, proxy: ProxyNode, request: RouteRequest): RouteAnswer {
  const client = proxyClientOf(view, proxy);
  if (client.type === 'router') {
    return notRouted('router-not-modelled', 'Gateways route by their Gateway servers, which is not modelled');
  }
  const egress = listenerFor(egressOf(view, client), request.port);
  if (egress === undefined) return notRouted('unknown-host', `The Sidecar has no listener for port ${request.port}`);
  const question = { view, client, request, egress };
  const visible = visibleService(view, client, request.host);
  if (visible.found === undefined) return unregistered(question, visible.why);
  if (!takesRequests(view, client, { egress, host: request.host })) {
    const why = `${request.host} is known to the sidecar as a destination of VirtualServices only: requests to it go as to a name outside the mesh`;
    return unregistered(question, why);
  }
  const port = visible.found.ports.find((one) => one.port === request.port && one.protocol !== 'UDP');
  if (port === undefined) return notRouted('no-such-port', `${request.host} has no port ${request.port} for TCP`);
  const isDetected = port.protocol === detected;
  if (!isDetected && !isHttp(port.protocol)) return connectionAnswer(question, port);
  const found = httpVirtualService(question);
  const answered = found === undefined ? itself(question, []) : httpAnswer(question, found);
  return isDetected ? { ...answered, notes: [...answered.notes, detectedNote] } : answered;
}

type NotRoutedCode = Extract<RouteAnswer, { outcome: 'NotRouted' }>['code'];

function notRouted(code: NotRoutedCode, explanation: string, notes: readonly string[] = []): RouteAnswer {
  return { outcome: 'NotRouted', code, explanation: `${explanation}.`, notes };
}

/** The listener that takes connections to a port (sidecar.go, GetEgressListenerForRDS). */
function listenerFor(listeners: readonly Egress[], port: number): Egress | undefined {
  return listeners.find(({ listenerPort }) => listenerPort === 0 || listenerPort === port);
}

interface Question {
  readonly view: IstiodView;
  readonly client: ProxyClient;
  readonly request: RouteRequest;
  readonly egress: Egress;
}

/** A host that is no service: only on port 80 do VirtualServices make one of it (route.go). */
function unregistered(question: Question, why: string): RouteAnswer {
  const found = question.request.port === 80 ? httpVirtualService(question) : undefined;
  return found === undefined ? notRouted('unknown-host', why) : httpAnswer(question, found);
}

interface HttpRoute {
  readonly route: JsonObject;
  /** Undefined: every request. */
  readonly match: JsonObject | undefined;
}

/** The first VirtualService of the host that has a route for the sidecar (route.go, separateVSHostsAndServices). */
function httpVirtualService(question: Question): { service: VirtualService; routes: readonly HttpRoute[] } | undefined {
  const host = question.request.host.toLowerCase();
  const services = question.egress.virtualServices();
  const named = services.filter(({ hosts }) => hosts.some((candidate) => candidate.toLowerCase() === host));
  const covering = named.length > 0 ? undefined : byPattern(services, host);
  for (const service of covering === undefined ? named : [covering]) {
    const routes = httpRoutes(service, question);
    if (routes.length > 0) return { service, routes };
  }
  return undefined;
}

/** The VirtualService of the longest pattern that covers the host; the first of several equal ones. */
function byPattern(services: readonly VirtualService[], host: string): VirtualService | undefined {
  let best: { readonly service: VirtualService; readonly length: number } | undefined;
  for (const service of services) {
    for (const pattern of service.hosts) {
      if (!isWildcard(pattern) || !isCoveredBy(host, pattern) || pattern.length <= (best?.length ?? 0)) continue;
      best = { service, length: pattern.length };
    }
  }
  return best?.service;
}

/** The routes that istiod writes for the sidecar, in order, up to one that takes everything. */
function httpRoutes(service: VirtualService, { client, request }: Question): readonly HttpRoute[] {
  const source = { namespace: client.namespace, labels: client.labels, port: request.port };
  const routes: HttpRoute[] = [];
  for (const route of service.http) {
    const matches = objectsOf(route.match);
    if (matches.length === 0) return [...routes, { route, match: undefined }];
    for (const match of matches) {
      if (!appliesTo(match, source)) continue;
      routes.push({ route, match });
      if (isCatchAll(match)) return routes;
    }
  }
  return routes;
}

function httpAnswer(
  question: Question,
  { service, routes }: { readonly service: VirtualService; readonly routes: readonly HttpRoute[] },
): RouteAnswer {
  const { request } = question;
  const http = asHttpRequest(request);
  const name = `${service.namespace}/${service.name}`;
  const doubts: string[] = [];
  const chosen = routes.find(({ match }) => {
    if (match === undefined) return true;
    doubts.push(...unjudged(match));
    return matchesRequest(match, http);
  });
  if (chosen === undefined) {
    return notRouted(
      'no-match',
      `No http route of VirtualService ${name} matches the request: Envoy answers 404`,
      doubts,
    );
  }
  const { route } = chosen;
  const notes = [...doubts, ...notesOf(route)];
  const own = route.redirect !== undefined ? 'redirects' : route.directResponse !== undefined ? 'answers' : undefined;
  if (own !== undefined)
    return notRouted('answered-by-proxy', `VirtualService ${name} ${own} the request itself`, notes);
  const destinations = weigh(route, (destination) => destination.port || request.port);
  if (destinations.length === 0) {
    return notRouted('no-match', `The http route of VirtualService ${name} has no destination with a weight`, notes);
  }
  return { outcome: 'Routed', destinations, virtualService: name, notes };
}

function asHttpRequest({ host, port, headers, method, path }: RouteRequest): HttpRequest {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const authority = lower.get(':authority') ?? lower.get('host') ?? (port === 80 ? host : `${host}:${port}`);
  return { headers: lower, method: method ?? 'GET', path: path ?? '/', authority };
}

/** What a route may do besides choosing a destination, and the sentence for it. */
const sideEffects: Readonly<Record<string, string>> = {
  fault: 'The route injects faults (fault), which the shares leave out of account.',
  mirror: 'The route sends copies of requests elsewhere (mirror).',
  mirrors: 'The route sends copies of requests elsewhere (mirrors).',
  retries: "The route retries (retries), so that a failing host's requests may reach another.",
  rewrite: 'The route rewrites path or authority (rewrite).',
  headers: 'The route changes headers (headers).',
  timeout: 'The route ends requests after a time (timeout).',
  corsPolicy: 'The route answers preflight requests itself (corsPolicy).',
};

function notesOf(route: JsonObject): readonly string[] {
  return Object.entries(sideEffects).flatMap(([field, sentence]) => {
    const value = route[field];
    const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
    return isEmpty ? [] : [sentence];
  });
}

function itself({ request }: Question, notes: readonly string[]): RouteAnswer {
  const destination = { host: request.host, port: request.port, subset: '', share: 100 };
  return { outcome: 'Routed', destinations: [destination], virtualService: null, notes };
}

/** One destination gets all; of several those of weight 0 get nothing. */
function weigh(route: JsonObject, portOf: (destination: Destination) => number): readonly WeightedDestination[] {
  const listed = objectsOf(route.route).map((item) => {
    const destination = destinationOf(fieldsOf(item.destination));
    return { ...destination, port: portOf(destination), weight: numberOf(item.weight) ?? 0 };
  });
  if (listed.length === 1) return listed.map(({ weight: _, ...destination }) => ({ ...destination, share: 100 }));
  const total = listed.reduce((sum, { weight }) => sum + weight, 0);
  return listed
    .filter(({ weight }) => weight > 0)
    .map(({ weight, ...destination }) => ({ ...destination, share: (weight * 100) / total }));
}

function connectionAnswer(question: Question, port: ServicePort): RouteAnswer {
  const { view, client, request, egress } = question;
  const services = egress.virtualServices().filter(({ hosts }) => hosts.some((host) => overlaps(host, request.host)));
  const notes = hasSubnets(services) ? ['Conditions on destinationSubnets are not modelled.'] : [];
  const isTls = port.protocol === 'TLS' || port.protocol === 'HTTPS';
  const routes = isTls ? tlsRoutes(question, services) : [];
  const sni = request.sni ?? request.host;
  const chosen = isTls ? tlsRouteFor(routes, sni) : tcpRoute(question, services);
  if (chosen === undefined) {
    if (routes.length === 0) return itself(question, notes);
    return notRouted(
      'no-match',
      `No tls route for ${request.host} names the server ${sni}: Envoy closes the connection`,
      notes,
    );
  }
  const destinations = weigh(chosen.route, (destination) => {
    const ports = visibleService(view, client, destination.host).found?.ports ?? [];
    return destination.port || (ports.length === 1 ? ports[0]?.port : undefined) || request.port;
  });
  const virtualService = `${chosen.service.namespace}/${chosen.service.name}`;
  return { outcome: 'Routed', destinations, virtualService, notes };
}

function hasSubnets(services: readonly VirtualService[]): boolean {
  return services
    .flatMap(({ tcp, tls }) => [...tcp, ...tls])
    .flatMap((route) => objectsOf(route.match))
    .some((match) => textsOf(match.destinationSubnets).length > 0);
}

interface ConnectionRoute {
  readonly service: VirtualService;
  readonly route: JsonObject;
}

interface TlsRoute extends ConnectionRoute {
  readonly names: readonly string[];
}

/** The TLS routes of the sidecar; of two with the same names and subnets only the first can be reached. */
function tlsRoutes(question: Question, services: readonly VirtualService[]): readonly TlsRoute[] {
  const routes = new Map<string, TlsRoute>();
  const candidates = services.flatMap((service) => service.tls.map((route) => ({ service, route })));
  for (const { service, route } of candidates) {
    if (objectsOf(route.route).length === 0) continue;
    for (const match of objectsOf(route.match)) {
      const names = textsOf(match.sniHosts);
      const key = JSON.stringify([names, textsOf(match.destinationSubnets)]);
      if (appliesToConnection(match, question) && !routes.has(key)) routes.set(key, { service, route, names });
    }
  }
  return [...routes.values()];
}

/** networking/core/tls.go, matchTCP and matchTLS: unlike for HTTP, gateways and labels both have to fit. */
function appliesToConnection(match: JsonObject, { client, request }: Question): boolean {
  const gateways = textsOf(match.gateways);
  const namespace = textOf(match.sourceNamespace);
  const port = numberOf(match.port) ?? 0;
  return (
    (gateways.length === 0 || gateways.includes('mesh')) &&
    selects(stringsOf(match.sourceLabels), client.labels) &&
    (port === 0 || port === request.port) &&
    (namespace === '' || namespace === client.namespace)
  );
}

/** Envoy takes the chain of the exact name, else that of the longest pattern. */
function tlsRouteFor(routes: readonly TlsRoute[], sni: string): TlsRoute | undefined {
  const covering = routes.flatMap((route) =>
    route.names
      .filter((name) => isCoveredBy(sni, name))
      .map((name) => ({ route, rank: isWildcard(name) ? name.length : Infinity })),
  );
  return covering.toSorted((a, b) => b.rank - a.rank)[0]?.route;
}

function tcpRoute(question: Question, services: readonly VirtualService[]): ConnectionRoute | undefined {
  for (const service of services) {
    for (const route of service.tcp) {
      if (objectsOf(route.route).length === 0) continue;
      const matches = objectsOf(route.match);
      const applies = matches.some(
        (match) => appliesToConnection(match, question) && textsOf(match.destinationSubnets).length === 0,
      );
      if (matches.length === 0 || applies) return { service, route };
    }
  }
  return undefined;
}
