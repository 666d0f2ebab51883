import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { object, service, viewOf } from '../testing/fake-objects.ts';
import { fakeProxy } from '../testing/fake-view.ts';
import { route } from './virtual-service.ts';

const host = 'web.shop.svc.cluster.local';
const toService = { group: '', kind: 'Service', name: 'web' };

function ofKind(kind: string, path: string, parent: JsonObject): KubeObject {
  return object(`gateway.networking.k8s.io/v1/${kind}`, path, { spec: { parentRefs: [parent] } });
}

function codeFor(
  objects: readonly KubeObject[],
  flags: Readonly<Record<string, string>> = {},
  namespace = 'shop',
): string {
  const view = viewOf({ c1: objects }, { flags });
  const found = route(view, fakeProxy({ namespace }), { host, port: 80, headers: {} });
  return found.outcome === 'Routed' ? 'routed' : found.code;
}

const web = service('shop/web');

test.each([
  ['of the service', ofKind('HTTPRoute', 'shop/a', toService), 'route-not-modelled'],
  ['of the service, for GRPC', ofKind('GRPCRoute', 'shop/a', toService), 'route-not-modelled'],
  ['for its port', ofKind('HTTPRoute', 'shop/a', { ...toService, port: 80 }), 'route-not-modelled'],
  ['for another port', ofKind('HTTPRoute', 'shop/a', { ...toService, port: 81 }), 'routed'],
  ['for connections', ofKind('TCPRoute', 'shop/a', toService), 'routed'],
  ['of a Gateway', ofKind('HTTPRoute', 'shop/a', { name: 'web' }), 'routed'],
  ['of another service', ofKind('HTTPRoute', 'shop/a', { ...toService, name: 'cart' }), 'routed'],
  ['of a service of its own namespace', ofKind('HTTPRoute', 'data/a', toService), 'routed'],
  [
    'for the clients of another namespace',
    ofKind('HTTPRoute', 'data/a', { ...toService, namespace: 'shop' }),
    'routed',
  ],
])('a route %s', (...[, given, code]) => {
  expect(codeFor([web, given])).toBe(code);
});

test('a route of the clients’ own namespace bears on their requests, and none does where istiod reads none', () => {
  const ofClients = ofKind('HTTPRoute', 'data/a', { ...toService, namespace: 'shop' });
  expect(codeFor([web, ofClients], {}, 'data')).toBe('route-not-modelled');
  expect(codeFor([web, ofClients], { PILOT_ENABLE_GATEWAY_API: 'false' }, 'data')).toBe('routed');
});

test('a route of connections bears on a port of TCP', () => {
  const tcp = service('shop/web', { spec: { ports: [{ name: 'tcp', port: 80, protocol: 'TCP' }] } });
  expect(codeFor([tcp, ofKind('TCPRoute', 'shop/a', toService)])).toBe('route-not-modelled');
  expect(codeFor([tcp, ofKind('HTTPRoute', 'shop/a', toService)])).toBe('routed');
});
