import type { JsonObject } from '../../base/json.ts';
import { numberOf, objectsOf, selects, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { isCoveredBy, isWildcard, overlaps } from '../values/host-name.ts';
import type { ServicePort } from '../values/model.ts';
import { aliasOf } from './alias.ts';
import { itself, outside, type Question, type RouteAnswer, weigh } from './route-answer.ts';
import { visibleService } from './sidecar-scope.ts';
import type { VirtualService } from './virtual-service-config.ts';

/** Where a connection that is not HTTP goes: by the tcp or tls routes for the service, else to the service. */
export function connectionAnswer(question: Question, port: ServicePort): RouteAnswer {
  const { view, client, request, egress, target } = question;
  const services = egress.virtualServices().filter(({ hosts }) => hosts.some((host) => overlaps(host, target)));
  const notes = hasSubnets(services) ? ['Conditions on destinationSubnets are not modelled.'] : [];
  const isTls = port.protocol === 'TLS' || port.protocol === 'HTTPS';
  const routes = isTls ? tlsRoutes(question, services) : [];
  const sni = request.sni ?? request.host;
  const chosen = isTls ? tlsRouteFor(routes, sni) : tcpRoute(question, services);
  if (chosen === undefined) {
    if (routes.length === 0) return itself(question, notes);
    // A listener of several chains has a default chain (networking/core/listener.go, buildOutboundListener).
    const why = `No tls route for ${request.host} names the server ${sni}`;
    return outside(question, why, { registryOnly: 'no-match', notes });
  }
  const destinations = weigh(chosen.route, (destination) => {
    const ports = visibleService(view, client, destination.host).found?.ports ?? [];
    const port = destination.port || (ports.length === 1 ? ports[0]?.port : undefined) || request.port;
    return { ...destination, host: aliasOf(view, destination.host) ?? destination.host, port };
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
