import { isCoveredBy, isWildcard } from '../values/host-name.ts';
import type { ServicePort } from '../values/model.ts';
import { forService, type HttpVirtualService, httpAnswer, namesHost, serviceAnswer, withRoutes } from './http-route.ts';
import { hasVirtualHosts, isForHttp, isRoutable, routablePort, servicesOf } from './routable.ts';
import { outside, type Question, type RouteAnswer } from './route-answer.ts';

/**
 * A host that is no service. VirtualServices make a virtual host of it, and of a pattern that matches no service at all
 * (route.go, separateVSHostsAndServices); services whose own host is a pattern cover it too. `other` answers where the
 * covering service speaks no HTTP.
 */
export function unregistered(
  question: Question,
  why: string,
  other: (question: Question, port: ServicePort) => RouteAnswer,
): RouteAnswer {
  const { request, egress } = question;
  const host = request.host.toLowerCase();
  const services = egress.virtualServices();
  const pattern = coveringService(question, host);
  const covering = pattern === undefined ? undefined : { ...question, target: pattern.host };
  if (covering !== undefined && pattern !== undefined && !isForHttp(pattern.port)) return other(covering, pattern.port);
  // An alias of what is no service is one all the same, with a name that VirtualServices may be for.
  const claiming = isRoutable(question, host)
    ? forService(services, host)
    : services.filter((service) => namesHost(service, host));
  const named = withRoutes(
    question,
    claiming.filter((service) => hasVirtualHosts(question, service)),
  );
  if (named !== undefined) return httpAnswer(question, named);
  const free = byFreePattern(question, host);
  if (free !== undefined && free.pattern.length > (pattern?.pattern.length ?? 0))
    return httpAnswer(question, free.found);
  if (covering !== undefined) return serviceAnswer(covering, covering.target);
  return outside(question, why);
}

interface Covering {
  readonly host: string;
  /** What the virtual host is for: the service's own pattern, or the pods' names before a headless Service. */
  readonly pattern: string;
  readonly port: ServicePort;
}

/** The service of the longest pattern that covers the host: a ServiceEntry's, or a headless Service before whose name the host has a pod's. */
function coveringService(question: Question, host: string): Covering | undefined {
  let best: Covering | undefined;
  const add = (service: string, pattern: string): void => {
    const port = pattern.length > (best?.pattern.length ?? 0) ? routablePort(question, service) : undefined;
    if (port !== undefined) best = { host: service, pattern, port };
  };
  for (const service of question.view.listed.keys()) {
    if (isWildcard(service) && isCoveredBy(host, service)) add(service, service);
  }
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const parent = host.slice(dot + 1);
    if (question.view.listed.get(parent)?.some(isHeadless) === true) add(parent, `*.${parent}`);
  }
  return best;
}

function isHeadless({ resolution, provider }: { readonly resolution: string; readonly provider: string }): boolean {
  return resolution === 'Passthrough' && provider === 'Kubernetes';
}

/** The VirtualService of the longest pattern that covers the host and matches no service of the listener. */
function byFreePattern(
  question: Question,
  host: string,
): { readonly pattern: string; readonly found: HttpVirtualService } | undefined {
  const candidates = question.egress.virtualServices().flatMap((service) =>
    service.hosts
      .map((pattern) => pattern.toLowerCase())
      .filter((pattern) => isWildcard(pattern) && isCoveredBy(host, pattern))
      .map((pattern) => ({ pattern, service })),
  );
  for (const { pattern, service } of candidates.toSorted((a, b) => b.pattern.length - a.pattern.length)) {
    if (!hasVirtualHosts(question, service)) continue;
    if (servicesOf(question, pattern).some((known) => isRoutable(question, known))) continue;
    const found = withRoutes(question, [service]);
    if (found !== undefined) return { pattern, found };
  }
  return undefined;
}
