import { isWildcard, overlaps } from '../values/host-name.ts';
import type { ServicePort } from '../values/model.ts';
import { isHttp, undeclared } from '../values/protocol.ts';
import type { Question } from './route-answer.ts';
import { takesRequests, visibleService } from './sidecar-scope.ts';
import type { VirtualService } from './virtual-service-config.ts';

type Asked = Pick<Question, 'view' | 'client' | 'request' | 'egress'>;

/** The port of a service at which the sidecar's listener takes requests to it; undefined where it takes none. */
export function routablePort({ view, client, request, egress }: Asked, host: string): ServicePort | undefined {
  if (!takesRequests(view, client, { egress, host })) return undefined;
  const ports = visibleService(view, client, host).found?.ports ?? [];
  return ports.find((one) => one.port === request.port && one.protocol !== 'UDP');
}

/** Whether the listener's port has the service at all (httproute.go, servicesByName). */
export function isRoutable(question: Asked, host: string): boolean {
  return routablePort(question, host) !== undefined;
}

/** Whether Envoy routes requests on the port, declared as HTTP or detected. */
export function isForHttp({ protocol }: ServicePort): boolean {
  return isHttp(protocol) || protocol === undeclared;
}

/** On port 80 every VirtualService has virtual hosts, elsewhere one that is for a service with the port. */
export function hasVirtualHosts(question: Asked, { hosts }: VirtualService): boolean {
  if (question.request.port === 80) return true;
  return hosts.some((host) => servicesOf(question, host).some((service) => isHttpService(question, service)));
}

/** The services that a host of a VirtualService is or covers. */
export function servicesOf({ view }: Pick<Asked, 'view'>, host: string): readonly string[] {
  if (!isWildcard(host)) return [host.toLowerCase()];
  return [...view.listed.keys()].filter((service) => overlaps(service, host));
}

function isHttpService(question: Asked, host: string): boolean {
  const port = routablePort(question, host);
  return port !== undefined && isForHttp(port);
}
