import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type JsonObject, textAt } from '../src/base/json.ts';
import { answer } from '../src/discovery/endpoints/query.ts';
import { buildIstiodView } from '../src/discovery/registry/view.ts';
import { route } from '../src/discovery/rules/virtual-service.ts';
import type { Query } from '../src/discovery/values/answer.ts';
import { flagAssumptions } from '../src/discovery/values/istiod-flags.ts';
import type { IstiodView, ProxyNode } from '../src/discovery/values/model.ts';
import type { Snapshot } from '../src/discovery/values/snapshot.ts';
import { trace } from '../src/predict/request/trace.ts';
import type { Caller } from '../src/predict/world/caller.ts';
import { worldOf } from '../src/predict/world/world.ts';
import { readSnapshotFolder } from '../src/snapshot/folder.ts';
import { predictedServerNames } from './oracle/server-names.ts';

/** Meshes written by hand in which predictions differed from real istiods and Envoys: what those do is the right value. */

async function mesh(name: string): Promise<Snapshot> {
  return (await readSnapshotFolder(join(import.meta.dirname, 'fixtures/oracle-cases', name))).snapshot;
}

function viewOf(snapshot: Snapshot, cluster: string): IstiodView {
  const istiod = snapshot.istiods.find((one) => one.cluster === cluster);
  if (istiod === undefined) throw new Error(`no istiod of ${cluster}`);
  return buildIstiodView(snapshot, istiod);
}

interface Asked {
  readonly host: string;
  readonly port?: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function proxy(over: Partial<ProxyNode> = {}): ProxyNode {
  const place = { cluster: 'c1', namespace: 'shop', name: 'client-c1', network: 'n1', node: 'node', locality: '' };
  return { type: 'sidecar', ...place, ips: ['10.1.99.1'], labels: { app: 'client' }, view: [], ...over };
}

const caller: Caller = {
  cluster: 'c1',
  namespace: 'shop',
  workload: 'client',
  pod: 'client-c1',
  serviceAccount: 'client',
  proxy: proxy(),
  capturesDns: true,
};

function ask(snapshot: Snapshot, asked: Asked) {
  const request = { port: 80, path: '/', method: 'GET', headers: {}, subset: '', ...asked };
  return trace(worldOf(snapshot), caller, request);
}

/** `service:subset share` of every destination, or the code of the finding where there is none. */
function destinations(snapshot: Snapshot, asked: Asked): string {
  const { destinations: found, findings } = ask(snapshot, asked);
  if (found.length === 0) return findings.map(({ code }) => code).join();
  return found.map(({ host, subset, share }) => `${host}${subset && `:${subset}`} ${share}`).join(', ');
}

const named = (name: string, namespace = 'shop'): string => `${name}.${namespace}.svc.cluster.local`;

function endpoints(snapshot: Snapshot, cluster: string, host: string): readonly string[] {
  const network = cluster === 'c1' ? 'n1' : 'n2';
  const asking = proxy({ cluster, network, ips: ['10.1.99.5', 'fd00::9'] });
  const query: Query = { host, port: 80, subset: '', mode: 'outbound' };
  const found = answer(viewOf(snapshot, cluster), asking, query);
  if (found.outcome === 'None') return [found.code];
  return found.endpoints.map(({ address, weight, via }) => `${via} ${address} ${weight}`);
}

test('D1: of Gateways on one port a younger server of which one host is taken adds none of its hosts', async () => {
  const router = {
    type: 'router',
    namespace: 'istio-system',
    labels: { istio: 'eastwestgateway' },
    view: ['n1'],
  } as const;
  expect(predictedServerNames(viewOf(await mesh('sni-overlapping-gateways'), 'c1'), proxy(router))).toEqual([
    'outbound_.80_._.api.data.svc.cluster.local',
  ]);
});

test('D2: a host with an HTTPRoute is not judged, whatever a VirtualService says of it', async () => {
  const snapshot = await mesh('route-gamma');
  for (const host of [named('web'), named('data', 'data'), named('cart')]) {
    const { verdict, findings, destinations: found } = ask(snapshot, { host });
    expect({ host, verdict, codes: findings.map(({ code }) => code), found }).toEqual({
      host,
      verdict: 'NotJudged',
      codes: ['route-not-modelled'],
      found: [],
    });
  }
  expect(destinations(snapshot, { host: named('api') })).toBe(`${named('api')} 100`);
});

describe('D3: hosts that Envoy finds without istiod', () => {
  test.each(['two.wild.example.com', 'none.example.com', 'www.google.com'])('%s is not judged', async (host) => {
    expect(ask(await mesh('route-aliases-and-entries'), { host })).toMatchObject({
      verdict: 'NotJudged',
      deliveredShare: 0,
      notJudgedShare: 100,
    });
  });
});

test('D4: a pattern is for no name that some service matches, and for others', async () => {
  const snapshot = await mesh('route-wildcard-and-unknown');
  expect(destinations(snapshot, { host: named('nobody') })).toMatch(/passed-through$/);
  expect(destinations(snapshot, { host: 'a.example.com' })).toBe(`${named('data', 'data')} 100`);
});

test.each([
  ['alias', '/', `${named('web')}:v1 100`],
  ['alias', '/a', `${named('api')} 100`],
  ['alias2', '/', `${named('web')}:v1 100`],
  ['outside', '/', 'passed-through'],
  ['dangling', '/', 'passed-through'],
  // A destination that is an alias is what it names, and no route of that counts.
  ['api', '/', `${named('web')} 100`],
])('D5: the alias %s%s leads to what it names: %s', async (name, path, expected) => {
  expect(destinations(await mesh('route-aliases-and-entries'), { host: named(name), path })).toBe(expected);
});

test('D6: a node selector with a number selects no node, so that there is no gateway', async () => {
  const snapshot = await mesh('Q5-node-port-number');
  expect(endpoints(snapshot, 'c1', named('web'))).toEqual([
    'pod 10.1.0.1:8080 1',
    'pod 10.2.0.1:8080 1',
    'pod 10.2.0.2:8080 1',
  ]);
});

test('D7: under clusterset.local a pod of two IP families is one endpoint', async () => {
  const snapshot = await mesh('AA6-dual-stack-and-mcs');
  expect(endpoints(snapshot, 'c2', 'web.shop.svc.clusterset.local')).toEqual([
    'pod 10.2.7.1:8080 1',
    'pod 10.2.7.2:8080 1',
    'gateway 203.0.1.1:15443 2',
  ]);
});

describe('D8: what a request matches', () => {
  test.each([
    ['PUT', '/', 'cart'],
    ['GET', '/hp', 'api'],
    ['GET', '/uni/abc', 'cart'],
    ['GET', '/z', 'api'],
    ['GET', '/case', 'api'],
    ['GET', '/CASE', 'api'],
    ['GET', '/MIXED/a', 'cart'],
    ['GET', '/pos/12', 'cart'],
    ['GET', '/r/12/x', 'api'],
    ['GET', '/pQ', 'cart'],
    ['GET', '/?q=abc', 'api'],
    ['GET', '/?only', 'web'],
    ['DELETE', '/', 'api'],
    ['OPTIONS', '/', 'cart'],
    ['GET', '/tr/a', 'cart'],
  ])('%s %s goes to %s', async (method, path, service) => {
    const snapshot = await mesh('route-matches');
    expect(destinations(snapshot, { host: named('web'), method, path })).toBe(`${named(service)} 100`);
    expect(ask(snapshot, { host: named('web'), method, path }).assumptions.join()).not.toMatch(/regular expression/);
  });

  test.each(['/', '/r/12/y', '/eXx', '/tls', '/tr', '//seg', '/%73eg'])('GET %s matches nothing', async (path) => {
    expect(destinations(await mesh('route-matches'), { host: named('web'), path })).toBe('no-match');
  });

  test('a host below a pattern of a ServiceEntry has the cluster of the pattern', async () => {
    const snapshot = await mesh('route-aliases-and-entries');
    expect(destinations(snapshot, { host: 'two.wild.example.com' })).toBe('*.wild.example.com 100');
    expect(destinations(snapshot, { host: 'one.wild.example.com' })).toBe(`${named('web')} 100`);
  });

  test('a name in capitals is the name, and a cluster IP the Service', async () => {
    const snapshot = await mesh('route-aliases-and-entries');
    const [web] = snapshot.clusters.flatMap(({ cluster, objects }) =>
      objects.filter(({ kind, metadata }) => cluster === 'c1' && kind === 'Service' && metadata.name === 'web'),
    );
    const hosts = ['WEB.shop', textAt(web ?? {}, ['spec', 'clusterIP']) ?? ''];
    expect(hosts.map((host) => destinations(snapshot, { host, path: '/a' }))).toEqual(
      hosts.map(() => `${named('api')} 100`),
    );
  });
});

test('D9: a setting of istiod that the model does not know is named', async () => {
  const { istiods } = await mesh('AN5-watch-one-namespace');
  expect(istiods.flatMap(flagAssumptions).join()).toContain('ISTIO_WATCH_NAMESPACE');
});

test('D10: that a cluster exports a service to nobody is an assumption', async () => {
  const snapshot = await mesh('AK5-entry-none-exported');
  const query: Query = { host: named('web'), port: 80, subset: '', mode: 'outbound' };
  const found = answer(viewOf(snapshot, 'c2'), proxy({ cluster: 'c2', network: 'n2' }), query);
  expect(found.outcome === 'Answer' && found.assumptions.join()).toContain('exports the service to nobody');
});

describe('D11: a server name that no tls route has', () => {
  const asked = { host: named('sec'), port: 443, headers: {}, method: 'GET', path: '/' };

  test('goes to the address that it was for under ALLOW_ANY, and nowhere under REGISTRY_ONLY', async () => {
    const snapshot = await mesh('conn-tls');
    const [settings] = snapshot.istiods;
    if (settings === undefined) throw new Error('the mesh has an istiod');
    const of = (meshConfig: JsonObject) =>
      route(buildIstiodView(snapshot, { ...settings, meshConfig }), proxy(), { ...asked, sni: 'y.example.com' });
    expect(of({})).toMatchObject({ outcome: 'NotRouted', code: 'passed-through' });
    expect(of({ outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } })).toMatchObject({ code: 'no-match' });
  });

  test('is none of those that a route names', async () => {
    const view = viewOf(await mesh('conn-tls'), 'c1');
    const of = (sni: string) => route(view, proxy(), { ...asked, sni });
    expect(of(named('sec'))).toMatchObject({ destinations: [{ host: named('sec2'), port: 443 }] });
    expect(of(named('x'))).toMatchObject({ destinations: [{ host: named('sec'), port: 443 }] });
  });
});
