import type { SentRequest } from '../../lab/src/oracle/oracle.ts';
import { aliasOf, concreteHost } from '../../src/discovery/rules/alias.ts';
import type { RouteRequest } from '../../src/discovery/rules/virtual-service.ts';
import type { IstiodView, ProxyNode } from '../../src/discovery/values/model.ts';
import { randomOf } from './random.ts';

const paths = ['/', '/a', '/a/b', '/ab', '/A/b', '/item/17', '/a?user=x', '/?user=y&v=1'] as const;
const users = ['x', 'y', 'xyz', undefined] as const;
export const methods = ['GET', 'GET', 'POST', 'PUT'] as const;

/** Random requests of an application to services that its sidecar routes by HTTP. */
export function draftRequests(view: IstiodView, proxy: ProxyNode, seed: number): readonly RouteRequest[] {
  const random = randomOf(seed);
  const open = [...view.listed].flatMap(([host, [service]]) =>
    service?.provider !== 'Kubernetes' || service.resolution === 'Alias'
      ? []
      : service.ports.filter(({ protocol }) => /^(HTTP2?|GRPC)$/.test(protocol)).map(({ port }) => ({ host, port })),
  );
  if (open.length === 0 || proxy.type !== 'sidecar') return [];
  const others = [
    ...aliasRequests(view, open),
    ...unknownNames.flatMap((host) => [80, 81].map((port) => ({ host, port }))),
  ];
  return Array.from({ length: 12 }, () => {
    const user = random.pick(users);
    return {
      ...random.pick(random.chance(0.3) ? others : open),
      method: random.pick(methods),
      path: random.pick(paths),
      headers: user === undefined ? {} : { 'x-user': user },
    };
  });
}

const unknownNames = ['nobody.shop.svc.cluster.local', 'www.example.com', 'a.example.com', 'example.org'] as const;

interface Spot {
  readonly host: string;
  readonly port: number;
}

/** Aliases, on the ports where what they stand for takes requests; on port 80 where that is no service. */
function aliasRequests(view: IstiodView, open: readonly Spot[]): readonly Spot[] {
  return [...view.listed.keys()].flatMap((host) => {
    const target = aliasOf(view, host) === undefined ? undefined : (concreteHost(view, host) ?? '');
    if (target === undefined) return [];
    if (!view.listed.has(target)) return [{ host, port: 80 }];
    return open.filter((spot) => spot.host === target).map(({ port }) => ({ host, port }));
  });
}

/** The request as its application sends it. */
export function sentRequest({ host, port, method = 'GET', path = '/', headers }: RouteRequest): SentRequest {
  return { port, host: port === 80 ? host : `${host}:${port}`, method, path, headers };
}
