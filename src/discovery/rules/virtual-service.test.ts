import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { fakeConfig, fakeHost, fakeProxy, fakeService, fakeView, viewOf } from '../testing/fake-view.ts';
import type { ProxyNode, Service } from '../values/model.ts';
import { type RouteRequest, route } from './virtual-service.ts';

function virtualService(name: string, spec: JsonObject, created = ''): KubeObject {
  const object = fakeConfig('VirtualService', name, spec);
  return { ...object, metadata: { ...object.metadata, creationTimestamp: created } };
}

const to = (subset: string, weight?: number): JsonObject => ({
  destination: { host: 'reviews', subset },
  ...(weight === undefined ? {} : { weight }),
});
const http = (...routes: JsonObject[]): JsonObject => ({ hosts: ['reviews'], http: routes });

interface Asked extends Partial<RouteRequest> {
  readonly proxy?: Partial<ProxyNode>;
  readonly service?: Partial<Service>;
}

function routed(config: readonly KubeObject[], { proxy, service = {}, ...request }: Asked = {}) {
  const view = viewOf([], { config, service });
  return route(view, fakeProxy(proxy), { host: fakeHost, port: 80, headers: {}, ...request });
}

/** `subset share` of each destination, or the code of what there is instead. */
function where(config: readonly KubeObject[], asked: Asked = {}): readonly string[] | string {
  const result = routed(config, asked);
  if (result.outcome === 'NotRouted') return result.code;
  return result.destinations.map(({ subset, share }) => `${subset} ${share}`);
}

describe('HTTP', () => {
  test('without a VirtualService the host itself gets everything', () => {
    expect(routed([])).toMatchObject({
      destinations: [{ host: fakeHost, port: 80, subset: '', share: 100 }],
      virtualService: null,
    });
  });

  test('a host that is only drawn in as a destination has no route of its own', () => {
    const route = { route: [{ destination: { host: fakeHost } }] };
    const front = virtualService('web/front', { hosts: ['front.web.svc.cluster.local'], http: [route] });
    const proxy = { namespace: 'web' };
    const withEgress = (...hosts: string[]) => [front, fakeConfig('Sidecar', 'web/default', { egress: [{ hosts }] })];
    expect(where(withEgress('./*'), { proxy })).toBe('passed-through');
    expect(where(withEgress('./*', 'shop/*'), { proxy })).toEqual([' 100']);
    const atListener = [{ port: { number: 80, protocol: 'HTTP' }, hosts: ['./*'] }, { hosts: ['shop/*'] }];
    const split = [front, fakeConfig('Sidecar', 'web/default', { egress: atListener })];
    expect(where(split, { proxy })).toBe('passed-through');
  });

  test('weights make shares; weight 0 gets nothing; a single destination needs none', () => {
    const split = http({ route: [to('v1', 30), to('v2', 10), to('v3', 0)] });
    expect(where([virtualService('shop/x', split)])).toEqual(['v1 75', 'v2 25']);
    expect(where([virtualService('shop/x', http({ route: [to('v1')] }))])).toEqual(['v1 100']);
  });

  test('the first route whose conditions are met counts', () => {
    const routes = [
      { match: [{ headers: { user: { exact: 'ann' } }, method: { exact: 'POST' } }], route: [to('both')] },
      { match: [{ headers: { user: { prefix: 'an' } } }, { uri: { prefix: '/v2' } }], route: [to('either')] },
      { match: [{ headers: { user: {} }, withoutHeaders: { beta: {} } }], route: [to('known')] },
      { match: [{ queryParams: { q: { regex: '[0-9]+' } } }], route: [to('query')] },
      { route: [to('rest')] },
      { route: [to('never')] },
    ];
    const config = [virtualService('shop/x', http(...routes))];
    expect(where(config, { headers: { User: 'ann' }, method: 'POST' })).toEqual(['both 100']);
    expect(where(config, { headers: { user: 'anna' } })).toEqual(['either 100']);
    expect(where(config, { path: '/v2/x?y' })).toEqual(['either 100']);
    expect(where(config, { headers: { user: 'bob' } })).toEqual(['known 100']);
    expect(where(config, { headers: { user: 'bob', beta: '' } })).toEqual(['rest 100']);
    expect(where(config, { path: '/?q=42' })).toEqual(['query 100']);
    expect(where(config, { path: '/?q=4x' })).toEqual(['rest 100']);
  });

  test('paths are compared exactly, by prefix or by a regular expression over all of it', () => {
    const by = (uri: JsonObject, more: JsonObject = {}) => [
      virtualService('shop/x', http({ match: [{ uri, ...more }], route: [to('hit')] })),
    ];
    expect(where(by({ exact: '/a' }), { path: '/a' })).toEqual(['hit 100']);
    expect(where(by({ exact: '/a' }), { path: '/a/b' })).toBe('no-match');
    expect(where(by({ prefix: '/A' }, { ignoreUriCase: true }), { path: '/a/b' })).toEqual(['hit 100']);
    expect(where(by({ regex: '/a.' }), { path: '/ab' })).toEqual(['hit 100']);
    expect(where(by({ regex: '/a' }), { path: '/ab' })).toBe('no-match');
    expect(where(by({ regex: '(?i)/A' }), { path: '/a' })).toEqual(['hit 100']);
  });

  test('a regular expression that backtracks without end elsewhere costs nothing here', () => {
    const match = { headers: { h: { regex: '([a-z.:0-9]+)+!' } }, uri: { regex: '/(a+)+b' } };
    const config = [virtualService('shop/x', http({ match: [match], route: [to('hit')] }, { route: [to('miss')] }))];
    const long = 'a'.repeat(5_000);
    expect(where(config, { headers: { h: long }, path: `/${long}` })).toEqual(['miss 100']);
    expect(where(config, { headers: { h: `${long}!` }, path: `/${long}b` })).toEqual(['hit 100']);
  });

  test('a regular expression that RE2 refuses counts as not met and is named, wherever it stands', () => {
    const refused = { regex: 'a(?=b)' };
    const match = {
      headers: { h: refused },
      queryParams: { q: { regex: '\\1' } },
      withoutHeaders: { w: { regex: '(' } },
    };
    const config = [virtualService('shop/x', http({ match: [match], route: [to('hit')] }, { route: [to('miss')] }))];
    const result = routed(config, { headers: { h: 'a' } });
    expect(result).toMatchObject({ outcome: 'Routed', destinations: [{ subset: 'miss' }] });
    expect(result.notes.map((note) => note.split(' is not')[0])).toEqual([
      'The regular expression a(?=b)',
      'The regular expression (',
      'The regular expression \\1',
    ]);
  });

  test('source labels, namespaces, ports and gateways choose routes before any request comes', () => {
    const only = (match: JsonObject) => [
      virtualService('shop/x', http({ match: [match], route: [to('hit')] }, { route: [to('miss')] })),
    ];
    const inC1 = { sourceLabels: { 'topology.istio.io/cluster': 'c1' } };
    expect(where(only(inC1))).toEqual(['hit 100']);
    expect(where(only(inC1), { proxy: { cluster: 'c2' } })).toEqual(['miss 100']);
    expect(where(only({ sourceNamespace: 'web' }))).toEqual(['miss 100']);
    expect(where(only({ port: 81 }))).toEqual(['miss 100']);
    expect(where(only({ gateways: ['mesh'] }))).toEqual(['hit 100']);
    expect(where(only({ gateways: ['shop/front'] }))).toEqual(['miss 100']);
  });

  test('a route for all conditions ends the list, and none that matches is an error', () => {
    expect(
      where([virtualService('shop/x', http({ match: [{ headers: { a: { exact: 'b' } } }], route: [to('v1')] }))]),
    ).toBe('no-match');
  });

  test('what else a route does is noted, and answers of the proxy are none of a host', () => {
    const noted = routed([virtualService('shop/x', http({ route: [to('v1')], fault: { abort: {} }, retries: {} }))]);
    expect(noted.notes).toHaveLength(2);
    expect(where([virtualService('shop/x', http({ redirect: { uri: '/' } }))])).toBe('answered-by-proxy');
  });

  test('a destination without a port has that of the request', () => {
    const named = { destination: { host: 'other.web.svc.cluster.local', port: { number: 81 } }, weight: 1 };
    const config = [virtualService('shop/x', http({ route: [{ ...to('v1'), weight: 1 }, named] }))];
    expect(routed(config)).toMatchObject({
      destinations: [{ port: 80 }, { host: 'other.web.svc.cluster.local', port: 81 }],
    });
  });
});

describe('which VirtualService', () => {
  const send = (host: string, subset: string): JsonObject => ({ hosts: [host], http: [{ route: [to(subset)] }] });

  test('the oldest of a host; an exact host before the longest pattern', () => {
    const config = [
      virtualService('shop/young', send('reviews', 'young'), '2026-01-02T00:00:00Z'),
      virtualService('shop/old', send('reviews', 'old'), '2026-01-01T00:00:00Z'),
      virtualService('shop/wide', send('*.local', 'wide')),
      virtualService('shop/near', send('*.shop.svc.cluster.local', 'near')),
    ];
    expect(where(config)).toEqual(['old 100']);
    expect(where(config.slice(2))).toEqual(['near 100']);
  });

  test('it must be for the mesh and visible to the client', () => {
    expect(where([virtualService('shop/x', { ...send('reviews', 'v1'), gateways: ['front'] })])).toEqual([' 100']);
    const hidden = [virtualService('shop/x', { ...send('reviews', 'v1'), exportTo: ['.'] })];
    expect(where(hidden)).toEqual(['v1 100']);
    expect(where(hidden, { proxy: { namespace: 'web' } })).toEqual([' 100']);
  });

  test('routes of a delegate come under the conditions of its root', () => {
    const delegate = virtualService('web/part', {
      http: [
        { match: [{ uri: { prefix: '/other' } }], route: [to('conflict')] },
        { match: [{ uri: { prefix: '/a/b' } }], route: [to('deep')] },
        { route: [{ destination: { host: fakeHost, subset: 'all' } }] },
      ],
    });
    const root = http(
      { match: [{ uri: { prefix: '/a' } }], delegate: { name: 'part', namespace: 'web' } },
      { delegate: { name: 'missing' } },
      { route: [to('rest')] },
    );
    const config = [delegate, virtualService('shop/x', root)];
    expect(where(config, { path: '/a/b/c' })).toEqual(['deep 100']);
    expect(where(config, { path: '/a/x' })).toEqual(['all 100']);
    expect(where(config, { path: '/other' })).toEqual(['rest 100']);
  });

  test('delegates that name each other, or themselves, come to an end', () => {
    const follows = (name: string): JsonObject => ({ http: [{ delegate: { name, namespace: 'web' } }] });
    const config = [
      virtualService('web/one', follows('two')),
      virtualService('web/two', follows('one')),
      virtualService('web/own', follows('own')),
    ];
    for (const name of ['one', 'own']) {
      const root = virtualService('shop/x', http({ delegate: { name, namespace: 'web' } }, { route: [to('rest')] }));
      expect(where([...config, root])).toBe('no-match');
    }
  });

  test('a host that is no service is routed on port 80 only', () => {
    const config = [virtualService('shop/x', send('reviews.example', 'v1'))];
    expect(where(config, { host: 'reviews.example' })).toEqual(['v1 100']);
    expect(where(config, { host: 'reviews.example', port: 81 })).toBe('passed-through');
  });
});

describe('connections', () => {
  const tcpPort = { ports: [{ name: 'db', port: 80, protocol: 'TCP', targetPort: 5432 }] };
  const tlsPort = { ports: [{ name: 'tls', port: 80, protocol: 'TLS', targetPort: 8443 }] };

  test('TCP goes by source and port; http routes do not count', () => {
    const config = [
      virtualService('shop/x', {
        hosts: ['reviews'],
        http: [{ route: [to('http')] }],
        tcp: [
          { match: [{ sourceLabels: { app: 'web' } }], route: [to('web')] },
          { match: [{ port: 80 }], route: [to('v1', 1), to('v2', 3)] },
        ],
      }),
    ];
    expect(where(config, { service: tcpPort })).toEqual(['v1 25', 'v2 75']);
    expect(where(config, { service: tcpPort, proxy: { labels: { app: 'web' } } })).toEqual(['web 100']);
    expect(where([], { service: tcpPort })).toEqual([' 100']);
  });

  test('TLS goes by the server name, the most specific first', () => {
    const on = (name: string, subset: string): JsonObject => ({ match: [{ sniHosts: [name] }], route: [to(subset)] });
    const tls = [on('*.example', 'wide'), on('a.example', 'exact')];
    const config = [virtualService('shop/x', { hosts: ['reviews'], tls })];
    expect(where(config, { service: tlsPort, sni: 'a.example' })).toEqual(['exact 100']);
    expect(where(config, { service: tlsPort, sni: 'b.example' })).toEqual(['wide 100']);
    expect(where(config, { service: tlsPort, sni: 'other' })).toBe('passed-through');
  });
});

test('gateways and unknown ports are reported as such', () => {
  expect(where([], { proxy: { type: 'router' } })).toBe('router-not-modelled');
  expect(where([], { port: 99 })).toBe('no-such-port');
});

test('a port without a protocol is taken to be HTTP, and said so', () => {
  const ports = [{ name: '', port: 80, protocol: 'UnsupportedProtocol', targetPort: 8080 }];
  const view = fakeView({ services: [{ service: fakeService({ ports }), shards: [] }] });
  expect(route(view, fakeProxy(), { host: fakeHost, port: 80, headers: {} }).notes).toHaveLength(1);
});
