import type { ServicePort } from '../values/model.ts';
import type { Question } from './route-answer.ts';
import { takesRequests, visibleService } from './sidecar-scope.ts';

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
