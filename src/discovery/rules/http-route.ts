import type { JsonObject } from '../../base/json.ts';
import { fieldsOf, objectsOf } from '../values/fields.ts';
import { isCoveredBy, isWildcard } from '../values/host-name.ts';
import { aliasOf } from './alias.ts';
import { appliesTo, type HttpRequest, isCatchAll, matchesRequest, unjudged } from './http-match.ts';
import { hasVirtualHosts, isRoutable } from './routable.ts';
import { itself, notRouted, type Question, type RouteAnswer, type RouteRequest, weigh } from './route-answer.ts';
import type { Destination, VirtualService } from './virtual-service-config.ts';

interface HttpRoute {
  readonly route: JsonObject;
  /** Undefined: every request. */
  readonly match: JsonObject | undefined;
}

export interface HttpVirtualService {
  readonly service: VirtualService;
  readonly routes: readonly HttpRoute[];
}

/** Where the virtual host of a service sends a request: by the first VirtualService for it, else to the service. */
export function serviceAnswer(question: Question, host: string): RouteAnswer {
  const found = withRoutes(question, claimants(question, host));
  return found === undefined ? itself(question, []) : httpAnswer(question, found);
}

/** The first of several VirtualServices that has a route for the sidecar. */
export function withRoutes(question: Question, services: readonly VirtualService[]): HttpVirtualService | undefined {
  for (const service of services) {
    const routes = httpRoutes(service, question);
    if (routes.length > 0) return { service, routes };
  }
  return undefined;
}

/**
 * The VirtualServices whose virtual hosts take the name of a service, in order. An alias is a name of the service that
 * it stands for, and the first virtual host that takes a name keeps it (networking/core/httproute.go,
 * BuildSidecarOutboundVirtualHosts).
 */
function claimants(question: Question, host: string): readonly VirtualService[] {
  const { egress, target } = question;
  const services = egress.virtualServices();
  if (host === target) return forService(services, host);
  // An alias without the port is no service there: only its own name counts.
  const own = isRoutable(question, host)
    ? forService(services, host)
    : services.filter((service) => namesHost(service, host));
  const all = new Set([
    ...own.filter((service) => hasVirtualHosts(question, service)),
    ...forService(services, target),
  ]);
  return services.filter((service) => all.has(service));
}

/** Those that name the host, else that of the longest pattern (pilot/pkg/model/sidecar.go, computeWildcardHostVirtualServiceIndex). */
export function forService(services: readonly VirtualService[], host: string): readonly VirtualService[] {
  const named = services.filter((service) => namesHost(service, host));
  if (named.length > 0) return named;
  const covering = byPattern(services, host);
  return covering === undefined ? [] : [covering];
}

export function namesHost({ hosts }: VirtualService, host: string): boolean {
  return hosts.some((candidate) => candidate.toLowerCase() === host.toLowerCase());
}

/** The VirtualService of the longest pattern that covers the host; the first of several equal ones. */
function byPattern(services: readonly VirtualService[], host: string): VirtualService | undefined {
  let best: { readonly service: VirtualService; readonly length: number } | undefined;
  for (const service of services) {
    for (const pattern of service.hosts) {
      if (!isWildcard(pattern) || !isCoveredBy(host.toLowerCase(), pattern) || pattern.length <= (best?.length ?? 0))
        continue;
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

export function httpAnswer(question: Question, { service, routes }: HttpVirtualService): RouteAnswer {
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
    const why = `No http route of VirtualService ${name} matches the request (${http.method} ${http.path}): Envoy answers 404`;
    const choices = routes.map((one) => ({
      name: `${name}: ${conditionsOf(one.match)}`,
      answer: routeAnswer(question, { service, route: one.route }, []),
    }));
    return { outcome: 'NotRouted', code: 'no-match', explanation: `${why}.`, notes: doubts, routes: choices };
  }
  return routeAnswer(question, { service, route: chosen.route }, doubts);
}

/** Where a route leads requests that match it. */
function routeAnswer(
  question: Question,
  { service, route }: { readonly service: VirtualService; readonly route: JsonObject },
  doubts: readonly string[],
): RouteAnswer {
  const name = `${service.namespace}/${service.name}`;
  const notes = [...doubts, ...notesOf(route)];
  const own = route.redirect !== undefined ? 'redirects' : route.directResponse !== undefined ? 'answers' : undefined;
  if (own !== undefined) {
    return notRouted('answered-by-proxy', `VirtualService ${name} ${own} the request itself`, notes);
  }
  const destinations = weigh(route, (destination) => resolved(question, destination));
  if (destinations.length === 0) {
    return notRouted('no-match', `The http route of VirtualService ${name} has no destination with a weight`, notes);
  }
  return { outcome: 'Routed', destinations, virtualService: name, notes };
}

/** What a match asks of requests: `uri prefix /v2, headers x-user`. */
function conditionsOf(match: JsonObject | undefined): string {
  const conditions = Object.entries(match ?? {}).flatMap(([field, value]) => {
    const parts = Object.entries(fieldsOf(value)).map(([key, part]) =>
      typeof part === 'string' ? `${key} ${part}` : key,
    );
    return parts.length === 0 ? [] : [`${field} ${parts.join(' ')}`];
  });
  return conditions.join(', ') || 'everything';
}

/** The port of the request where a route names none; an alias stands for what it names, one step far (route.go, GetDestinationCluster). */
function resolved(question: Question, { host, port, subset }: Destination): Destination {
  const behind = isRoutable(question, host) ? aliasOf(question.view, host) : undefined;
  return { host: behind ?? host, port: port || question.request.port, subset };
}

function asHttpRequest({ host, port, headers, method, path }: RouteRequest): HttpRequest {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const request = {
    method: method ?? 'GET',
    path: path ?? '/',
    authority: given.get(':authority') ?? given.get('host') ?? (port === 80 ? host : `${host}:${port}`),
  };
  // Matches on headers may name these too.
  const own = new Map([
    ...Object.entries(request).map(([name, value]) => [`:${name}`, value] as const),
    [':scheme', 'http'],
  ]);
  return { headers: new Map([...given, ...own]), ...request };
}

/** What a route may do besides choosing a destination, and the sentence for it. */
export const sideEffects = {
  fault: 'The route injects faults (fault), which the shares leave out of account.',
  mirror: 'The route sends copies of requests elsewhere (mirror).',
  mirrors: 'The route sends copies of requests elsewhere (mirrors).',
  retries: "The route retries (retries), so that a failing host's requests may reach another.",
  rewrite: 'The route rewrites path or authority (rewrite).',
  headers: 'The route changes headers (headers).',
  timeout: 'The route ends requests after a time (timeout).',
  corsPolicy: 'The route answers preflight requests itself (corsPolicy).',
} as const;

function notesOf(route: JsonObject): readonly string[] {
  return Object.entries(sideEffects).flatMap(([field, sentence]) => {
    const value = route[field];
    const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
    return isEmpty ? [] : [sentence];
  });
}
