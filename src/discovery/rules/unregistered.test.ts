import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { object, service, viewOf } from '../testing/fake-objects.ts';
import { fakeProxy } from '../testing/fake-view.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import { type RouteRequest, route } from './virtual-service.ts';

const suffix = 'shop.svc.cluster.local';

/** `host subset` of the only destination, or the code of what there is instead. */
function where(
  objects: readonly KubeObject[],
  request: Partial<RouteRequest>,
  istiod: Partial<IstiodSettings> = {},
): string {
  const view = viewOf({ c1: objects }, istiod);
  const found = route(view, fakeProxy(), { host: `web.${suffix}`, port: 80, headers: {}, ...request });
  if (found.outcome === 'NotRouted') return found.code;
  return found.destinations.map(({ host, port, subset }) => `${host}:${port}${subset}`).join(' and ');
}

function alias(name: string, externalName: string): KubeObject {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
  return object('v1/Service', `shop/${name}`, { spec: { type: 'ExternalName', externalName, ports } });
}

/** A VirtualService that sends everything, or what has the path, to a host. */
function routes(name: string, hosts: readonly string[], to: string, more: JsonObject = {}): KubeObject {
  return object('networking.istio.io/v1/VirtualService', `shop/${name}`, {
    creationTimestamp: `2026-01-01T00:00:0${name.length}Z`,
    spec: { hosts, http: [{ ...more, route: [{ destination: { host: to } }] }] },
  });
}

function entry(host: string, more: JsonObject): KubeObject {
  return object('networking.istio.io/v1/ServiceEntry', `shop/${host.replace('*.', 'any-')}`, {
    spec: { hosts: [host], location: 'MESH_EXTERNAL', ...more },
  });
}

const web = service('shop/web');
const cart = service('shop/cart');

describe('a host that is no service', () => {
  const everything = routes('all', [`*.${suffix}`], 'cart');

  test('has no virtual host by a pattern that some service of the listener matches', () => {
    expect(where([web, cart, everything], { host: `nobody.${suffix}` })).toBe('passed-through');
    expect(where([web, cart, everything], {})).toBe(`cart.${suffix}:80`);
    const narrow = object('networking.istio.io/v1/Sidecar', 'shop/default', {
      spec: { egress: [{ hosts: ['other/*', `shop/web.${suffix}`] }] },
    });
    const hidden = [web, cart, everything, narrow];
    expect(where(hidden, { host: `cart.${suffix}` })).toBe('passed-through');
  });

  test('has one by a pattern that matches no service, the longest first', () => {
    const config = [web, cart, routes('a', ['*.com'], 'cart'), routes('bb', ['*.example.com'], 'web')];
    expect(where(config, { host: 'a.example.com' })).toBe(`web.${suffix}:80`);
    expect(where(config, { host: 'a.other.com' })).toBe(`cart.${suffix}:80`);
    expect(where(config, { host: 'a.example.com', port: 81 })).toBe('passed-through');
  });

  test('has one on any port where the VirtualService is for a service with the port too', () => {
    const both = routes('both', ['web', 'www.example.com'], 'cart');
    const at81 = service('shop/web', { spec: { ports: [{ name: 'http', port: 81, protocol: 'TCP' }] } });
    expect(where([at81, cart, both], { host: 'www.example.com', port: 81 })).toBe(`cart.${suffix}:81`);
    expect(where([at81, cart, routes('x', ['www.example.com'], 'cart')], { host: 'www.example.com', port: 81 })).toBe(
      'passed-through',
    );
  });

  test('is a pattern of a ServiceEntry, or the name of a pod before that of a headless Service', () => {
    const wild = entry('*.wild.example.com', {
      resolution: 'DYNAMIC_DNS',
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
    });
    expect(where([wild], { host: 'one.wild.example.com' })).toBe('*.wild.example.com:80');
    const exact = routes('x', ['one.wild.example.com'], 'web');
    expect(where([web, wild, exact], { host: 'one.wild.example.com' })).toBe(`web.${suffix}:80`);
    const tls = entry('*.wild.example.com', {
      resolution: 'NONE',
      ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
    });
    expect(where([tls], { host: 'one.wild.example.com', port: 443 })).toBe('*.wild.example.com:443');
    const headless = service('shop/db', { spec: { clusterIP: 'None' } });
    expect(where([headless], { host: `db-0.db.${suffix}` })).toBe(`db.${suffix}:80`);
  });
});

describe('an alias', () => {
  const aliases = [alias('alias', `web.${suffix}`), alias('alias2', `alias.${suffix}`)];
  const byPath = routes('web', ['web'], 'cart', { match: [{ uri: { prefix: '/a' } }] });

  test('has the routes of what it stands for, over several steps', () => {
    const plain = [web, cart, ...aliases];
    expect(where(plain, { host: `alias.${suffix}` })).toBe(`web.${suffix}:80`);
    expect(where([...plain, byPath], { host: `alias2.${suffix}`, path: '/a' })).toBe(`cart.${suffix}:80`);
    expect(where([...plain, byPath], { host: `alias2.${suffix}` })).toBe('no-match');
  });

  test('is taken by the oldest VirtualService for either name', () => {
    const [older, younger] = [routes('a', ['alias'], 'cart'), routes('ccc', ['alias'], 'cart')];
    const plain = [web, cart, ...aliases, routes('bb', ['web'], 'web')];
    expect(where([...plain, older], { host: `alias.${suffix}` })).toBe(`cart.${suffix}:80`);
    expect(where([...plain, younger], { host: `alias.${suffix}` })).toBe(`web.${suffix}:80`);
  });

  test('is no service on a port that it lacks, which no pattern is for', () => {
    const at81 = service('shop/web', { spec: { ports: [{ name: 'http', port: 81, protocol: 'TCP' }] } });
    const tcp = object('networking.istio.io/v1/VirtualService', 'shop/tcp', {
      spec: { hosts: ['web'], tcp: [{ route: [{ destination: { host: 'web' } }] }] },
    });
    const pattern = routes('all', [`*.${suffix}`], 'cart');
    const asked = { host: `alias.${suffix}`, port: 81 };
    expect(where([at81, cart, ...aliases, tcp, pattern], asked)).toBe(`web.${suffix}:81`);
  });

  test('as a destination is what it names, one step far', () => {
    const to = (name: string): string =>
      where([web, cart, ...aliases, routes('x', ['cart'], name)], { host: `cart.${suffix}` });
    expect(to('alias')).toBe(`web.${suffix}:80`);
    expect(to('alias2')).toBe(`alias.${suffix}:80`);
  });

  test('of a name outside, of nobody and of itself leads past the mesh', () => {
    for (const name of ['example.com', `nobody.${suffix}`, `alias.${suffix}`]) {
      expect(where([web, alias('alias', name)], { host: `alias.${suffix}` })).toBe('passed-through');
    }
  });

  test('leads to connections of what it stands for', () => {
    const db = service('shop/web', { spec: { ports: [{ name: 'tcp', port: 80, protocol: 'TCP' }] } });
    expect(where([db, ...aliases], { host: `alias.${suffix}` })).toBe(`web.${suffix}:80`);
  });

  test('counts only where the Sidecar imports it beside the service', () => {
    const sidecar = (host: string): KubeObject =>
      object('networking.istio.io/v1/Sidecar', 'shop/default', { spec: { egress: [{ hosts: [host] }] } });
    expect(where([web, ...aliases, sidecar('shop/*')], { host: `alias.${suffix}` })).toBe(`web.${suffix}:80`);
    expect(where([web, ...aliases, sidecar(`shop/web.${suffix}`)], { host: `alias.${suffix}` })).toBe('passed-through');
  });
});

describe('outboundTrafficPolicy', () => {
  const closed = { meshConfig: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } } };
  const sidecar = (mode: string): KubeObject =>
    object('networking.istio.io/v1/Sidecar', 'shop/default', {
      spec: { egress: [{ hosts: ['*/*'] }], outboundTrafficPolicy: { mode } },
    });

  test('REGISTRY_ONLY keeps in what no service takes; the Sidecar decides before the mesh', () => {
    const asked = { host: 'www.example.com' };
    expect(where([web], asked)).toBe('passed-through');
    expect(where([web], asked, closed)).toBe('unknown-host');
    expect(where([web, sidecar('ALLOW_ANY')], asked, closed)).toBe('passed-through');
    expect(where([web, sidecar('REGISTRY_ONLY')], asked)).toBe('unknown-host');
  });

  test('it decides about server names that no tls route has', () => {
    const sec = service('shop/sec', { spec: { ports: [{ name: 'tls', port: 443, protocol: 'TCP' }] } });
    const named = object('networking.istio.io/v1/VirtualService', 'shop/sec', {
      spec: {
        hosts: ['sec'],
        tls: [{ match: [{ sniHosts: ['x.example'] }], route: [{ destination: { host: 'sec' } }] }],
      },
    });
    const asked = { host: `sec.${suffix}`, port: 443, sni: 'y.example' };
    expect(where([sec, named], asked)).toBe('passed-through');
    expect(where([sec, named], asked, closed)).toBe('no-match');
    expect(where([sec, named], { ...asked, sni: 'x.example' }, closed)).toBe(`sec.${suffix}:443`);
  });
});

test('matches on headers may name the parts of a request', () => {
  const post = routes('x', ['web'], 'cart', {
    match: [{ headers: { ':method': { exact: 'POST' }, ':path': { prefix: '/a' } } }],
  });
  expect(where([web, cart, post], { method: 'POST', path: '/a?b' })).toBe(`cart.${suffix}:80`);
  expect(where([web, cart, post], { path: '/a' })).toBe('no-match');
});
