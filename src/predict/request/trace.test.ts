import { describe, expect, test } from 'vitest';
import { partsOf } from '../../base/remedy.ts';
import { object } from '../../discovery/testing/fake-objects.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';
import { fakeSnapshot, gatewayOf, threeClusters, twoNetworks } from '../testing/fake-mesh.ts';
import { findCaller } from '../world/caller.ts';
import { worldOf } from '../world/world.ts';
import { type Trace, type TraceRequest, trace } from './trace.ts';

function ask(snapshot: Snapshot, from: string, request: Partial<TraceRequest> = {}): Trace {
  const whole = { host: 'reviews', port: 80, subset: '', headers: {}, method: 'GET', path: '/', ...request };
  return trace(worldOf(snapshot), findCaller(snapshot, from), whole);
}

function shares({ destinations }: Trace): readonly (readonly [string, number])[] {
  return destinations.flatMap(({ effective }) => effective.map(({ address, share }) => [address, share] as const));
}

function rule(spec: object): KubeObject {
  return object('networking.istio.io/v1/DestinationRule', 'shop/reviews', {
    spec: { host: 'reviews.shop.svc.cluster.local', ...spec },
  });
}

function routes(http: readonly object[]): KubeObject {
  return object('networking.istio.io/v1/VirtualService', 'shop/reviews', {
    spec: { hosts: ['reviews'], http: http as never },
  });
}

function certificate(name: string): KubeObject {
  const text = `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
  return object('v1/ConfigMap', 'istio-system/istio-ca-root-cert', { data: { 'root-cert.pem': text } });
}

describe('a request', () => {
  test('goes to pods of the own network and through the gateway of another, where the second half is followed', () => {
    const traced = ask(twoNetworks(), 'west/shop/client');
    expect(shares(traced)).toEqual([
      ['10.1.0.1:8080', 50],
      [`${gatewayOf('east')}:15443`, 50],
    ]);
    const [hop] = traced.destinations[0]?.hops.filter(({ endpoint }) => endpoint.via === 'gateway') ?? [];
    expect(hop?.leg.paths).toEqual([
      { share: 100, cluster: 'east', parts: ['gateway:east', 'network-link:eu-us', 'gateway:east', 'cluster:east'] },
    ]);
    expect(traced).toMatchObject({ istiod: 'west', delivered: true, deliveredShare: 100, findings: [] });
  });

  test('of a remote is what the primary’s istiod says', () => {
    const traced = ask(threeClusters(), 'north/shop/client', { host: 'details.shop' });
    expect(traced).toMatchObject({ istiod: 'west', delivered: true });
    expect(shares(traced)).toEqual([[`${gatewayOf('east')}:15443`, 100]]);
  });

  test('that no gateway server takes is not delivered, and the gateway says why', () => {
    const snapshot = twoNetworks();
    const clusters = snapshot.clusters.map(({ cluster, objects }) => ({
      cluster,
      objects: objects.filter(({ kind, apiVersion }) => kind !== 'Gateway' || !apiVersion.startsWith('networking')),
    }));
    const traced = ask({ ...snapshot, clusters }, 'west/shop/client', { host: 'details' });
    expect(traced).toMatchObject({
      delivered: false,
      deliveredShare: 0,
      findings: [{ code: 'no-server', share: 100 }],
    });
  });

  test('to a host that only a left-out server of the other gateway names is not delivered there', () => {
    const server = { port: { number: 15_443 }, tls: { mode: 'AUTO_PASSTHROUGH' } };
    const apart = (name: string, creationTimestamp: string, hosts: readonly string[]): KubeObject =>
      object('networking.istio.io/v1/Gateway', `istio-system/${name}`, {
        creationTimestamp,
        spec: { selector: { istio: 'eastwestgateway' }, servers: [{ ...server, hosts }] },
      });
    const older = apart('cross-network', '2026-01-01T00:00:00Z', ['*.data.svc.cluster.local']);
    const younger = apart('more', '2026-01-02T00:00:00Z', ['*.data.svc.cluster.local', '*.shop.svc.cluster.local']);
    const { clusters, ...rest } = twoNetworks();
    const swapped = clusters.map(({ cluster, objects }) => ({
      cluster,
      objects: [...objects.filter(({ kind }) => kind !== 'Gateway'), older, younger],
    }));
    const traced = ask({ clusters: swapped, ...rest }, 'west/shop/client');
    expect(traced).toMatchObject({ delivered: false, deliveredShare: 50 });
    expect(traced.findings.map(({ code, share }) => [code, share])).toEqual([['host-not-served', 50]]);
  });

  test('to a subset that only the caller’s istiod knows ends at the other gateway', () => {
    const v1 = rule({ subsets: [{ name: 'all', labels: {} }] });
    const traced = ask(twoNetworks({ west: [v1] }), 'west/shop/client', { subset: 'all' });
    expect(traced.route).toBeNull();
    expect(traced).toMatchObject({ delivered: false, deliveredShare: 50 });
    expect(traced.findings.map(({ code, share }) => [code, share])).toEqual([['no-filter-chain', 50]]);
    expect(ask(twoNetworks({ west: [v1], east: [v1] }), 'west/shop/client', { subset: 'all' }).delivered).toBe(true);
  });

  test('is split by the weights of a VirtualService, and by headers', () => {
    const subsets = rule({
      subsets: ['west', 'east'].map((name) => ({ name, labels: { 'topology.istio.io/cluster': name } })),
    });
    const to = (subset: string, weight?: number): object => ({
      destination: { host: 'reviews', subset },
      ...(weight === undefined ? {} : { weight }),
    });
    const split = routes([
      { match: [{ headers: { user: { exact: 'jason' } } }], route: [to('east')] },
      { route: [to('west', 90), to('east', 10)] },
    ]);
    const config = [subsets, split];
    const snapshot = twoNetworks({ west: config, east: config });
    const plain = ask(snapshot, 'west/shop/client');
    expect(plain.destinations.map(({ subset, share }) => [subset, share])).toEqual([
      ['west', 90],
      ['east', 10],
    ]);
    expect(plain.delivered).toBe(true);
    const jason = ask(snapshot, 'west/shop/client', { headers: { user: 'jason' } });
    expect(jason.destinations.map(({ subset, share }) => [subset, share])).toEqual([['east', 100]]);
  });

  test('is routed by its path and method', () => {
    const subsets = rule({
      subsets: ['west', 'east'].map((name) => ({ name, labels: { 'topology.istio.io/cluster': name } })),
    });
    const to = (match: object, subset: string): object => ({
      match: [match],
      route: [{ destination: { host: 'reviews', subset } }],
    });
    const config = [
      subsets,
      routes([
        to({ uri: { prefix: '/site/1' }, method: { exact: 'POST' } }, 'west'),
        to({ uri: { prefix: '/site/3' } }, 'east'),
      ]),
    ];
    const snapshot = twoNetworks({ west: config, east: config });
    expect(ask(snapshot, 'west/shop/client', { path: '/site/3/a?b=c' })).toMatchObject({
      verdict: 'Delivered',
      destinations: [{ subset: 'east', effective: [{ via: 'gateway' }] }],
    });
    expect(ask(snapshot, 'west/shop/client', { path: '/site/1/', method: 'POST' })).toMatchObject({
      verdict: 'Delivered',
      destinations: [{ subset: 'west' }],
    });
    expect(ask(snapshot, 'west/shop/client', { path: '/site/1/' }).findings).toMatchObject([
      { code: 'no-match', message: expect.stringContaining('matches the request (GET /site/1/): Envoy answers 404') },
    ]);
  });

  test('is refused where the server takes no plaintext, or no mutual TLS', () => {
    const strict = object('security.istio.io/v1/PeerAuthentication', 'istio-system/default', {
      spec: { mtls: { mode: 'STRICT' } },
    });
    const plaintext = rule({ trafficPolicy: { tls: { mode: 'DISABLE' } } });
    const refused = ask(twoNetworks({ west: [strict, plaintext] }), 'west/shop/client');
    expect(refused.findings.map(({ code }) => code)).toEqual(['strict-refuses-plaintext']);
    const off = object('security.istio.io/v1/PeerAuthentication', 'shop/default', {
      spec: { mtls: { mode: 'DISABLE' } },
    });
    const half = ask(twoNetworks({ east: [off] }), 'west/shop/client');
    expect(half).toMatchObject({ deliveredShare: 50, findings: [{ code: 'no-healthy-endpoint' }] });
    const shared = fakeSnapshot({
      west: { network: 'us' },
      east: { network: 'us', pods: { reviews: { 'reviews-e': '10.2.0.1' } }, extra: [off] },
    });
    expect(ask(shared, 'west/shop/client').findings.map(({ code }) => code)).toEqual(['no-mtls-at-server']);
  });

  test('fails where the clusters have no root in common, and only where both roots are known', () => {
    const apart = twoNetworks({ west: [certificate('AAAA')], east: [certificate('BBBB')] });
    expect(ask(apart, 'west/shop/client')).toMatchObject({
      deliveredShare: 50,
      findings: [{ code: 'no-common-root' }],
    });
    const common = twoNetworks({ west: [certificate('AAAA')], east: [certificate('AAAA')] });
    expect(ask(common, 'west/shop/client').delivered).toBe(true);
    expect(ask(twoNetworks({ west: [certificate('AAAA')] }), 'west/shop/client').delivered).toBe(true);
  });
});

describe('the address of a pod', () => {
  test.each([
    [
      '10.2.0.1',
      '10.2.0.1 is Pod shop/reviews-e of east, in network eu: pods of network us do not reach it without a gateway, and no gateway takes the address of a pod',
    ],
    ['10.1.0.1', '10.1.0.1 is Pod shop/reviews-w of west: it gets the request without mutual TLS of the mesh'],
  ])('%s is not judged, and the trace names what is certain', (host, certain) => {
    const traced = ask(twoNetworks(), 'west/shop/client', { host, port: 8080 });
    expect(traced).toMatchObject({ verdict: 'NotJudged', notJudgedShare: 100, findings: [{ code: 'passed-through' }] });
    expect(traced.findings[0]?.message).toContain(certain);
  });

  test('of a connected network is like that of the own one, and that of no pod says nothing more', () => {
    const connected = ask({ ...twoNetworks(), connected: [['us', 'eu']] }, 'west/shop/client', { host: '10.2.0.1' });
    expect(connected.findings[0]?.message).toContain('Pod shop/reviews-e of east: it gets the request without');
    const outside = ask(twoNetworks(), 'west/shop/client', { host: '192.0.2.200' });
    expect(outside.findings[0]?.message).not.toContain('Pod');
  });
});

describe('a cluster that is missing', () => {
  const readingOnly = (remotes: readonly string[], snapshot = twoNetworks()): Snapshot => ({
    ...snapshot,
    istiods: snapshot.istiods.map((one) => (one.cluster === 'west' ? { ...one, remotes } : one)),
  });
  const secret = object('v1/Secret', 'istio-system/istio-remote-secret-east', {
    labels: { 'istio/multiCluster': 'true' },
    data: { east: '(redacted)' },
  });

  test('because the caller’s istiod has no remote secret for it, or has not read it', () => {
    const excluded = (snapshot: Snapshot) =>
      ask(snapshot, 'west/shop/client', { host: 'details' }).destinations[0]?.excluded;
    expect(excluded(readingOnly([]))).toMatchObject([
      { address: '10.2.0.2:8080', cluster: 'east', reason: 'no-remote-secret' },
    ]);
    expect(excluded(readingOnly([], twoNetworks({ west: [secret] })))).toMatchObject([
      { address: '10.2.0.2:8080', reason: 'registry-not-synced' },
    ]);
    expect(excluded(twoNetworks())).toEqual([]);
    expect(ask(readingOnly([]), 'west/shop/client', { host: 'details' }).verdict).toBe('NotDelivered');
  });

  test('because nobody has read it leaves open who gets the requests', () => {
    const { clusters, ...rest } = twoNetworks();
    const west = { ...rest, clusters: clusters.filter(({ cluster }) => cluster === 'west') };
    for (const host of ['reviews', 'details']) {
      const traced = ask(west, 'west/shop/client', { host });
      expect(traced).toMatchObject({ verdict: 'NotJudged', notJudgedShare: 100, deliveredShare: 0 });
      expect(traced.findings).toMatchObject([
        {
          code: 'endpoints-unread',
          severity: 'warning',
          message: expect.stringContaining('not declared, or left out'),
        },
      ]);
    }
    const unread = { east: 'it refuses connections' };
    expect(ask({ ...west, unread }, 'west/shop/client').findings[0]?.message).toContain('it refuses connections');
    expect(() => findCaller({ ...west, unread }, 'east/shop/client')).toThrow(/east was not read: it refuses/);
    const lost = ask({ ...west, unread }, 'west/shop/client', { port: 81 });
    expect(lost).toMatchObject({ verdict: 'NotDelivered', findings: [{ code: 'no-such-port' }] });
  });
});

describe('an istiod that could not be asked what it has synced', () => {
  const unasked = { west: 'you may not create pods/portforward' };

  test('leaves open what becomes of requests for a service that its remotes have', () => {
    const traced = ask({ ...twoNetworks(), unasked }, 'west/shop/client');
    expect(traced).toMatchObject({ verdict: 'NotJudged', notJudgedShare: 100, deliveredShare: 0 });
    expect(traced.findings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'endpoints-unread: Whether the istiod of west has synced east is not known (you may not create pods/portforward): what it has of reviews.shop.svc.cluster.local:80 there, and how many requests go there, is not known either',
    ]);
    expect(partsOf(traced.findings[0]?.remedy ?? '').join('')).toContain('pods/portforward');
  });

  test('leaves nothing open of a service that none of them has, and of callers of another istiod', () => {
    const { clusters, ...rest } = twoNetworks();
    const alone = clusters.map(({ cluster, objects }) => ({
      cluster,
      objects: cluster === 'west' ? objects : objects.filter(({ metadata }) => metadata.namespace !== 'shop'),
    }));
    expect(ask({ ...rest, clusters: alone, unasked }, 'west/shop/client').verdict).toBe('Delivered');
    expect(ask({ ...twoNetworks(), unasked: { east: 'why' } }, 'west/shop/client').verdict).toBe('Delivered');
  });
});

describe('kinds of objects that could not be read', () => {
  const why = 'you may not list them';

  test('leave a request open that would be delivered, and no request that is lost anyhow', () => {
    const unreadKinds = { east: { AuthorizationPolicy: why } };
    const open = ask({ ...twoNetworks(), unreadKinds }, 'west/shop/client');
    expect(open).toMatchObject({ verdict: 'NotJudged', findings: [{ code: 'objects-unread' }] });
    expect(open.findings[0]?.message).toBe(
      `Objects that decide about requests could not be read: AuthorizationPolicy of east (${why})`,
    );
    const denied = ask(
      {
        ...twoNetworks({ west: [object('security.istio.io/v1/AuthorizationPolicy', 'shop/all', { spec: {} })] }),
        unreadKinds,
      },
      'west/shop/client',
    );
    expect(denied.verdict).toBe('NotDelivered');
  });

  test('of istiods leave it open who serves the caller', () => {
    const { clusters } = twoNetworks();
    const unknown = ask({ clusters, istiods: [], unreadKinds: { west: { Deployment: why } } }, 'west/shop/client');
    expect(unknown).toMatchObject({ verdict: 'NotJudged', findings: [{ code: 'objects-unread' }] });
    expect(ask({ clusters, istiods: [] }, 'west/shop/client').verdict).toBe('NotDelivered');
  });
});

describe('AuthorizationPolicies of the server’s cluster', () => {
  const policy = (spec: object): KubeObject =>
    object('security.istio.io/v1/AuthorizationPolicy', 'shop/web', { spec: spec as never });
  const forClient = { rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/default'] } }] }] };

  test('deny a part of the requests, behind a gateway too', () => {
    const denied = ask(twoNetworks({ east: [policy({})] }), 'west/shop/client');
    expect(denied).toMatchObject({ verdict: 'NotDelivered', deliveredShare: 50 });
    expect(denied.findings).toMatchObject([
      { code: 'policy-denies', share: 50, message: expect.stringContaining('AuthorizationPolicy shop/web') },
    ]);
    expect(ask(twoNetworks({ east: [policy(forClient)] }), 'west/shop/client').verdict).toBe('Delivered');
    expect(ask(twoNetworks({ west: [policy({})] }), 'west/shop/client').deliveredShare).toBe(50);
  });

  test('know who calls under mutual TLS alone', () => {
    const plain = rule({ trafficPolicy: { tls: { mode: 'DISABLE' } } });
    const traced = ask(twoNetworks({ west: [policy(forClient), plain] }), 'west/shop/client');
    expect(traced.findings).toMatchObject([
      { code: 'policy-denies', message: expect.stringContaining('without identity') },
    ]);
  });

  test('are not judged where they depend on what nobody said', () => {
    const byToken = policy({ rules: [{ when: [{ key: 'request.auth.claims[iss]', values: ['x'] }] }] });
    const traced = ask(twoNetworks({ east: [byToken] }), 'west/shop/client');
    expect(traced).toMatchObject({ verdict: 'NotJudged', deliveredShare: 50, notJudgedShare: 50 });
    expect(traced.findings).toMatchObject([{ code: 'policy-not-decided', severity: 'warning' }]);
  });

  test('see the path that was asked for, unless a route rewrites it', () => {
    const admin = policy({ action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }] });
    expect(ask(twoNetworks({ west: [admin] }), 'west/shop/client').verdict).toBe('Delivered');
    expect(ask(twoNetworks({ west: [admin] }), 'west/shop/client', { path: '/admin/x' }).deliveredShare).toBe(50);
    const rewritten = routes([{ rewrite: { uri: '/' }, route: [{ destination: { host: 'reviews' } }] }]);
    expect(ask(twoNetworks({ west: [admin, rewritten] }), 'west/shop/client').verdict).toBe('NotJudged');
  });
});

describe('what the model does not follow', () => {
  const headless = object('v1/Service', 'shop/db', {
    spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  });
  const closed = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    istiods: snapshot.istiods.map((one) => ({
      ...one,
      meshConfig: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
    })),
  });

  test('is not judged: a headless Service, and a name outside the mesh', () => {
    const both = twoNetworks({ west: [headless] });
    const db = ask(both, 'west/shop/client', { host: 'db' });
    expect(db).toMatchObject({ verdict: 'NotJudged', delivered: false, deliveredShare: 0, notJudgedShare: 100 });
    expect(db.findings).toMatchObject([{ code: 'not-eds', severity: 'warning', share: 100 }]);
    // The report has what is certain all the same.
    expect(db.findings[0]?.message).toContain('Pods of other networks do not answer');
    const outside = ask(both, 'west/shop/client', { host: 'www.example.com', port: 443 });
    expect(outside).toMatchObject({
      verdict: 'NotJudged',
      findings: [{ code: 'passed-through', severity: 'warning' }],
    });
    const kept = ask(closed(both), 'west/shop/client', { host: 'www.example.com', port: 443 });
    expect(kept).toMatchObject({ verdict: 'NotDelivered', findings: [{ code: 'unknown-host', severity: 'error' }] });
  });

  test('is a part of the requests, and what is lost counts more', () => {
    const halves = (...hosts: readonly string[]): Trace => {
      const route = hosts.map((host) => ({ destination: { host }, weight: 50 }));
      return ask(twoNetworks({ west: [headless, routes([{ route }])] }), 'west/shop/client');
    };
    expect(halves('details', 'db')).toMatchObject({ verdict: 'NotJudged', deliveredShare: 50, notJudgedShare: 50 });
    expect(halves('nobody', 'db')).toMatchObject({ verdict: 'NotDelivered', deliveredShare: 0, notJudgedShare: 50 });
    expect(halves('details', 'reviews')).toMatchObject({ verdict: 'Delivered', delivered: true, notJudgedShare: 0 });
  });

  test('is no excuse for a name that does not resolve', () => {
    expect(ask(twoNetworks(), 'west/shop/client', { host: 'nobody' })).toMatchObject({
      verdict: 'NotDelivered',
      notJudgedShare: 0,
    });
  });

  test('does not begin at an alias of a service, at its address, or at its name in capitals', () => {
    const alias = object('v1/Service', 'shop/alias', {
      spec: { type: 'ExternalName', externalName: 'reviews.shop.svc.cluster.local', ports: [] },
    });
    const snapshot = twoNetworks({ west: [alias] });
    for (const host of ['alias', 'REVIEWS.shop', '10.0.0.1']) {
      expect(ask(snapshot, 'west/shop/client', { host })).toMatchObject({ verdict: 'Delivered' });
    }
    const named = ask(snapshot, 'west/shop/client', { host: 'alias' });
    expect(named.destinations.map(({ host }) => host)).toEqual(['reviews.shop.svc.cluster.local']);
  });

  test('ends where aliases go in a circle', () => {
    const alias = (name: string, next: string): KubeObject =>
      object('v1/Service', `shop/${name}`, {
        spec: { type: 'ExternalName', externalName: `${next}.shop.svc.cluster.local`, ports: [] },
      });
    const snapshot = twoNetworks({ west: [alias('one', 'two'), alias('two', 'one'), alias('own', 'own')] });
    for (const host of ['one', 'own']) expect(ask(snapshot, 'west/shop/client', { host }).destinations).toEqual([]);
  });
});

describe('a name', () => {
  test.each([
    ['reviews', 'reviews.shop.svc.cluster.local', 'Service'],
    ['reviews.shop', 'reviews.shop.svc.cluster.local', 'Service'],
    ['reviews.shop.svc', 'reviews.shop.svc.cluster.local', 'Service'],
    ['reviews.shop.svc.cluster.local', 'reviews.shop.svc.cluster.local', 'Service'],
    ['nobody', 'nobody.shop.svc.cluster.local', 'None'],
    ['nobody.other', 'nobody.other.svc.cluster.local', 'None'],
    ['api.example.com', 'api.example.com', 'Outside'],
    ['reviews.', 'reviews.shop.svc.cluster.local', 'None'],
  ])('%s means %s', (host, full, by) => {
    expect(ask(twoNetworks(), 'west/shop/client', { host }).resolved).toEqual({ host: full, by });
  });

  test('that the caller’s cluster does not know leads nowhere, whatever istiod knows', () => {
    const snapshot = twoNetworks();
    const clusters = snapshot.clusters.map(({ cluster, objects }) => ({
      cluster,
      objects: objects.filter(
        ({ kind, metadata }) => cluster === 'east' || kind !== 'Service' || metadata.name !== 'details',
      ),
    }));
    const traced = ask({ ...snapshot, clusters }, 'west/shop/client', { host: 'details' });
    expect(traced).toMatchObject({ delivered: false, deliveredShare: 0, findings: [{ code: 'name-not-resolved' }] });
  });

  test.each([
    ['west/shop', 'usage', 'does not name a caller'],
    ['south/shop/client', 'not-found', 'no cluster south'],
    ['west/shop/nobody', 'not-found', 'no workload or pod shop/nobody'],
    ['west/none/client', 'not-found', 'no workload or pod none/client'],
  ])('of a caller %s is refused', (from, code, problem) => {
    expect(() => findCaller(twoNetworks(), from)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(problem) }),
    );
  });
});

describe('a pod of another network without a gateway on the way', () => {
  const eastWestOf = (change: (service: KubeObject) => KubeObject, extra: readonly KubeObject[] = []): Snapshot => {
    const { clusters, ...rest } = twoNetworks();
    const objects = (one: Snapshot['clusters'][number]): readonly KubeObject[] =>
      one.objects.flatMap((object) => {
        if (object.kind !== 'Service' || object.metadata.name !== 'eastwest') return [object];
        // West has no gateway, so that none of any network is left when east loses its own.
        return one.cluster === 'east' ? [change(object)] : [];
      });
    return {
      ...rest,
      clusters: clusters.map((one) => ({ cluster: one.cluster, objects: [...objects(one), ...extra] })),
    };
  };
  const withLabels = (labels: Record<string, string>) => (service: KubeObject) => ({
    ...service,
    metadata: { ...service.metadata, labels },
  });
  const withSpec =
    (spec: object, status: object = {}) =>
    (service: KubeObject) => ({
      ...service,
      spec: { ...(service.spec as object), ...spec },
      status: status as never,
    });

  test.each([
    ['its label', eastWestOf(withLabels({})), 'lacks the label topology.istio.io/network'],
    [
      'the value of its label',
      eastWestOf(withLabels({ 'topology.istio.io/network': 'x' })),
      'has the label topology.istio.io/network=x',
    ],
    ['its address', eastWestOf(withSpec({})), 'has no address yet'],
    ['its type', eastWestOf(withSpec({ type: 'ClusterIP' })), 'is of type ClusterIP'],
    [
      'its host name',
      eastWestOf(withSpec({}, { loadBalancer: { ingress: [{ hostname: 'gw.example' }] } })),
      'has the host name gw.example, which resolves to no address',
    ],
    [
      'its port',
      eastWestOf((service) => withSpec({ ports: [{ name: 'tls', port: 443 }] }, service.status as object)(service)),
      'has no port 15443, only 443',
    ],
    ['its nodes', eastWestOf(withSpec({ type: 'NodePort' })), 'of type NodePort without the annotation'],
  ])('is not reached, and %s is named as the reason', (...[, snapshot, why]) => {
    const traced = ask(snapshot, 'west/shop/client', { host: 'details' });
    expect(traced).toMatchObject({ verdict: 'NotDelivered', findings: [{ code: 'other-network', share: 100 }] });
    expect(traced.findings[0]?.message).toContain(why);
  });

  test('is not reached where discoverySelectors leave the namespace of the gateway out', () => {
    const snapshot = twoNetworks();
    const meshConfig = { discoverySelectors: [{ matchLabels: { seen: 'yes' } }] };
    const shop = object('v1/Namespace', 'shop', { labels: { seen: 'yes' } });
    const clusters = snapshot.clusters.map(({ cluster, objects }) => ({ cluster, objects: [...objects, shop] }));
    const istiods = snapshot.istiods.map((one) => ({ ...one, meshConfig }));
    const traced = ask({ ...snapshot, clusters, istiods }, 'west/shop/client', { host: 'details' });
    expect(traced.findings.map(({ message }) => message).join()).toContain('which discoverySelectors leave out');
  });

  test('is reached where somebody says that the networks are connected', () => {
    const connected = { ...eastWestOf(withLabels({})), connected: [['eu', 'us'] as const] };
    expect(ask(connected, 'west/shop/client', { host: 'details' })).toMatchObject({ verdict: 'Delivered' });
  });
});

test('an endpoint that is a gateway of the mesh is followed through it', () => {
  const entry = (host: string, sni: string): readonly KubeObject[] => [
    object('networking.istio.io/v1/ServiceEntry', 'shop/entry', {
      spec: {
        hosts: [host],
        location: 'MESH_INTERNAL',
        resolution: 'STATIC',
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
        endpoints: [{ address: gatewayOf('east'), ports: { http: 15_443 } }],
      },
    }),
    object('networking.istio.io/v1/DestinationRule', 'shop/entry', {
      spec: { host, trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL', sni } } },
    }),
  ];
  const through = (sni: string): Trace =>
    ask(twoNetworks({ west: entry('details.example', sni) }), 'west/shop/client', { host: 'details.example' });
  const reached = through('outbound_.80_._.details.shop.svc.cluster.local');
  expect(reached).toMatchObject({ verdict: 'Delivered' });
  expect(reached.destinations[0]?.hops[0]?.leg.passages).toMatchObject([{ cluster: 'east', outcome: 'Passed' }]);
  expect(through('details.example').findings.map(({ code }) => code)).toEqual(['unknown-sni']);
});
