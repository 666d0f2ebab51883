import type { IstiodView, ProxyNode, ServicePort } from '../values/model.ts';
import { isHttp, undeclared } from '../values/protocol.ts';
import { proxyClientOf } from '../values/proxy-client.ts';
import { concreteHost } from './alias.ts';
import { connectionAnswer } from './connection-route.ts';
import { type Egress, imports } from './egress.ts';
import { serviceAnswer } from './http-route.ts';
import { notRouted, outside, type Question, type RouteAnswer, type RouteRequest } from './route-answer.ts';
import { serviceRouteFor } from './service-route.ts';
import { egressOf, type ScopeAnswer, takesRequests, visibleService } from './sidecar-scope.ts';
import { unregistered } from './unregistered.ts';

/** This folder reads Istio's configuration: which service, port, rule, route and TLS mode hold for a proxy. */

export type { NotRoutedCode, RouteAnswer, RouteRequest, WeightedDestination } from './route-answer.ts';

const detectedNote = 'The protocol of the port is detected by Envoy: the request is taken to be HTTP.';

/** Where a sidecar sends a request: the weighted destinations of the VirtualService for its host, or the host itself. */
export function route(view: IstiodView, proxy: ProxyNode, request: RouteRequest): RouteAnswer {
  const client = proxyClientOf(view, proxy);
  if (client.type === 'router') {
    return notRouted('router-not-modelled', 'Gateways route by their Gateway servers, which is not modelled');
  }
  const egress = listenerFor(egressOf(view, client), request.port);
  if (egress === undefined) {
    return outside({ view, client }, `The Sidecar has no listener for port ${request.port}`);
  }
  const target = concreteHost(view, request.host) ?? request.host;
  const question = { view, client, request, egress, target };
  const visible = visibleService(view, client, target);
  const missing = whyNot(question, visible);
  if (missing !== undefined) {
    const answered = unregistered(question, missing.why, connectionAnswer);
    const { hidden } = missing;
    return answered.outcome === 'Routed' || hidden === undefined ? answered : { ...answered, hidden };
  }
  const ports = visible.found?.ports ?? [];
  const port = ports.find((one) => one.port === request.port && one.protocol !== 'UDP');
  if (port === undefined) return notRouted('no-such-port', `${target} has no port ${request.port} for TCP`);
  const decides =
    visible.found === undefined ? undefined : serviceRouteFor(view, client, { service: visible.found.service, port });
  if (decides === undefined) return atPort(question, port);
  const why = `${decides} bears on ${target}, and routes of the Gateway API are not modelled`;
  return notRouted('route-not-modelled', why);
}

function atPort(question: Question, port: ServicePort): RouteAnswer {
  const { request, target } = question;
  if (isHttp(port.protocol)) return serviceAnswer(question, request.host);
  if (port.protocol !== undeclared) return connectionAnswer(question, port);
  // The listener of a detected protocol has the virtual host of its service alone, whatever name the request has.
  const answered = serviceAnswer(question, target);
  return { ...answered, notes: [...answered.notes, detectedNote] };
}

/** The listener that takes connections to a port (sidecar.go, GetEgressListenerForRDS). */
function listenerFor(listeners: readonly Egress[], port: number): Egress | undefined {
  return listeners.find(({ listenerPort }) => listenerPort === 0 || listenerPort === port);
}

/** Why the sidecar has no virtual host of a service for the request, or undefined where it has one. */
function whyNot(
  { view, client, request, egress, target }: Question,
  visible: ScopeAnswer,
): { readonly why: string; readonly hidden?: 'not-exported' | 'not-in-sidecar-scope' } | undefined {
  const isAlias = target !== request.host;
  const behind = isAlias ? `${request.host} is an alias (ExternalName) of ${target}, and ` : '';
  if (visible.found === undefined) {
    const why = `${behind}${visible.why}`;
    return visible.code === 'unknown-host' ? { why } : { why, hidden: visible.code };
  }
  if (visible.found.service.aliasOf !== undefined) return { why: `${target} is an alias (ExternalName) of itself` };
  if (!takesRequests(view, client, { egress, host: target })) {
    const why = `${behind}${target} is known to the sidecar as a destination of VirtualServices only`;
    return { why, hidden: 'not-in-sidecar-scope' };
  }
  if (!isAlias || importsAlias(egress, visible.found.service.namespace, request.host)) return undefined;
  return { why: `${behind}the Sidecar does not import the alias`, hidden: 'not-in-sidecar-scope' };
}

/** Aliases are imported by the hosts that are named for the namespace of what they stand for (sidecar.go, matchingAliasService). */
function importsAlias({ classes }: Egress, namespace: string, alias: string): boolean {
  return imports(classes.get(namespace), alias) || imports(classes.get('*'), alias);
}
