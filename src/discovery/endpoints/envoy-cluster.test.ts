import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { ask, askFor, type FakeView, fakeConfig, fakeHost, fakePassthrough, viewOf } from '../testing/fake-view.ts';
import type { Query } from '../values/answer.ts';
import type { Service } from '../values/model.ts';

function clusterWith(trafficPolicy: JsonObject, rest: Partial<FakeView> & { service?: Partial<Service> } = {}) {
  const rule = fakeConfig('DestinationRule', 'shop/x', { host: 'reviews', trafficPolicy });
  return ask(viewOf([{ serviceAccount: 'spiffe://cluster.local/ns/shop/sa/b' }], { ...rest, config: [rule] }))
    .envoyCluster;
}

describe('the kind of cluster', () => {
  test.each([
    ['headless for a sidecar', { resolution: 'Passthrough' }, {}, 'not-eds'],
    ['an alias', { resolution: 'Alias' }, {}, 'not-eds'],
    ['resolved by DNS', { resolution: 'DNS', provider: 'External' }, {}, 'not-eds'],
    ['resolved by DNS, for a subset that nobody has', { resolution: 'DNS' }, { subset: 'v9' }, 'subset-missing'],
    [
      'a passthrough gateway’s cluster for a service outside the mesh',
      { meshExternal: true },
      { mode: 'sni-dnat' },
      'not-eds',
    ],
    ['a port that is not there', {}, { port: 81 }, 'no-such-port'],
    ['a port for UDP', { ports: [{ name: 'dns', port: 80, protocol: 'UDP', targetPort: 53 }] }, {}, 'no-such-port'],
  ] as const)('none for %s', (...[, service, query, code]) => {
    const proxy = { type: 'mode' in query ? 'router' : 'sidecar' } as const;
    expect(askFor(viewOf([{}], { service, config: [fakePassthrough] }), proxy, query)).toMatchObject({
      outcome: 'None',
      code,
    });
  });

  test('headless services have endpoints for gateways, and for sidecars where the flag says so', () => {
    const service = { resolution: 'Passthrough' } as const;
    expect(ask(viewOf([{}], { service }), { type: 'router' }).envoyCluster.tls).toBe('Auto');
    expect(ask(viewOf([{ tlsMode: 'disabled' }], { service }), { type: 'router' }).envoyCluster.tls).toBe('None');
    const flags = { PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES: 'true' };
    expect(ask(viewOf([{}], { service, flags })).endpoints).toHaveLength(1);
  });

  describe('of a host that Envoy resolves by DNS', () => {
    const near = { address: 'a.example', cluster: 'c1', portName: 'tls', entryPort: 80, labels: { version: 'v1' } };
    const rule = fakeConfig('DestinationRule', 'shop/x', {
      host: 'reviews',
      subsets: [
        { name: 'v1', labels: { version: 'v1' } },
        { name: 'v2', labels: { version: 'v2' } },
        { name: 'any', labels: { version: 'v2' }, trafficPolicy: { loadBalancer: { simple: 'PASSTHROUGH' } } },
      ],
    });
    const kind = (
      service: Partial<Service>,
      { query = {}, meshConfig = {} }: { query?: Partial<Query>; meshConfig?: JsonObject } = {},
    ) => {
      const view = viewOf([near], { service: { provider: 'External', ...service }, config: [rule], meshConfig });
      const found = askFor(view, { cluster: 'c1' }, query);
      return found.outcome === 'None' ? (found.type ?? found.code) : found.outcome;
    };

    test('its endpoints are found by the number of the ServiceEntry’s port, not by its name', () => {
      expect(kind({ resolution: 'DNS' })).toBe('STRICT_DNS');
      expect(kind({ resolution: 'DNSRoundRobin' })).toBe('LOGICAL_DNS');
      expect(kind({ resolution: 'DNS', racesConnections: true })).toBe('LOGICAL_DNS');
      const port = { name: 'tls', port: 443, protocol: 'TLS', targetPort: 443 };
      expect(kind({ resolution: 'DNS', ports: [port] }, { query: { port: 443 } })).toBe('no-dns-hosts');
    });

    test('without an endpoint that is for the client there is no cluster', () => {
      const settings = { hosts: ['*'], settings: { clusterLocal: true } };
      const view = viewOf([near], {
        service: { resolution: 'DNS' },
        meshConfig: { serviceSettings: [settings] },
      });
      expect(askFor(view, { cluster: 'c1' })).toMatchObject({ type: 'STRICT_DNS' });
      expect(askFor(view, { cluster: 'c2' })).toMatchObject({ code: 'no-dns-hosts' });
      expect(askFor(view, { view: ['n9'] })).toMatchObject({ type: 'STRICT_DNS' });
      const elsewhere = viewOf([{ ...near, network: 'n1' }], { service: { resolution: 'DNS' } });
      expect(askFor(elsewhere, { view: ['n9'] })).toMatchObject({ code: 'no-dns-hosts' });
    });

    test('a subset needs an endpoint of its own, unless it takes requests where they were going', () => {
      const ofSubset = (subset: string) => kind({ resolution: 'DNS' }, { query: { subset } });
      expect(['v1', 'v2', 'any'].map(ofSubset)).toEqual(['STRICT_DNS', 'no-dns-hosts', 'ORIGINAL_DST']);
    });
  });

  test('a pattern whose names are resolved in each request has clusters for protocols that name the host', () => {
    const service = { resolution: 'DynamicDNS', host: '*.example.com', provider: 'External' } as const;
    const at = (protocol: string, query: Partial<Query> = {}, type: 'sidecar' | 'router' = 'sidecar') => {
      const ports = [{ name: 'p', port: 80, protocol, targetPort: 80 }];
      const view = viewOf([], { service: { ...service, ports }, config: [fakePassthrough] });
      const found = askFor(view, { type }, { host: service.host, ...query });
      return found.outcome === 'None' ? (found.type ?? found.code) : found.envoyCluster.type;
    };
    expect(['HTTP', 'GRPC', 'TLS', 'TCP'].map((protocol) => at(protocol))).toEqual([
      'DYNAMIC_DNS',
      'DYNAMIC_DNS',
      'DYNAMIC_DNS',
      'not-eds',
    ]);
    expect(at('HTTP', { mode: 'sni-dnat' }, 'router')).toBe('EDS');
  });

  test('the load balancer PASSTHROUGH takes endpoints away', () => {
    expect(() => clusterWith({ loadBalancer: { simple: 'PASSTHROUGH' } })).toThrow('not-eds');
  });
});

describe('TLS', () => {
  const sni = `outbound_.80_._.${fakeHost}`;
  const sans = ['spiffe://cluster.local/ns/shop/sa/b'];

  test('automatic mutual TLS names the cluster and every identity behind the host', () => {
    expect(clusterWith({})).toMatchObject({ tls: 'Auto', sni, sans });
  });

  test('it is off for services outside the mesh, by the mesh, and by a policy of namespace or mesh', () => {
    expect(clusterWith({}, { service: { meshExternal: true } }).tls).toBe('None');
    expect(clusterWith({}, { meshConfig: { enableAutoMtls: false } }).tls).toBe('None');
    const off = { mtls: { mode: 'DISABLE' } };
    const tlsWith = (...config: ReturnType<typeof fakeConfig>[]) => ask(viewOf([{}], { config })).envoyCluster.tls;
    expect(tlsWith(fakeConfig('PeerAuthentication', 'shop/x', off))).toBe('None');
    expect(tlsWith(fakeConfig('PeerAuthentication', 'istio-system/x', off))).toBe('None');
    const workload = fakeConfig('PeerAuthentication', 'shop/x', { selector: { matchLabels: { a: 'b' } }, ...off });
    expect(tlsWith(workload)).toBe('Auto');
    const on = fakeConfig('PeerAuthentication', 'shop/y', { mtls: { mode: 'STRICT' } });
    expect(tlsWith(fakeConfig('PeerAuthentication', 'istio-system/x', off), on)).toBe('Auto');
  });

  test('the rule’s mode, server name and names count', () => {
    expect(clusterWith({ tls: { mode: 'ISTIO_MUTUAL' } })).toMatchObject({ tls: 'Istio', sni, sans });
    const named = { mode: 'ISTIO_MUTUAL', sni: 'x.example', subjectAltNames: ['a'] };
    expect(clusterWith({ tls: named })).toMatchObject({ sni: 'x.example', sans: ['a'] });
    expect(clusterWith({ tls: { mode: 'SIMPLE', sni: 'x.example' } })).toMatchObject({
      tls: 'Simple',
      sni: 'x.example',
    });
    expect(clusterWith({ tls: {} })).toMatchObject({ tls: 'None', sni: null, sans: [] });
  });

  test('trust domain aliases widen the identities', () => {
    const meshConfig = { trustDomainAliases: ['old.example'] };
    const service = { serviceAccounts: ['custom'] };
    expect(clusterWith({}, { meshConfig, service }).sans).toEqual([
      'custom',
      'spiffe://cluster.local/ns/shop/sa/b',
      'spiffe://old.example/ns/shop/sa/b',
    ]);
  });

  test('per endpoint, automatic mutual TLS goes by its metadata', () => {
    const result = ask(viewOf([{}, { address: '10.1.0.2', tlsMode: 'disabled' }]));
    expect(result.endpoints.map(({ mtls, sni: name }) => [mtls, name])).toEqual([
      [true, sni],
      [false, null],
    ]);
  });
});

describe('load balancing', () => {
  test('panic is off unless outlier detection asks for a threshold', () => {
    expect(clusterWith({}).panicThreshold).toBe(0);
    expect(clusterWith({ outlierDetection: { minHealthPercent: 30 } }).panicThreshold).toBe(30);
    const flags = { PILOT_SEND_UNHEALTHY_ENDPOINTS: 'true' };
    expect(clusterWith({ outlierDetection: { minHealthPercent: 30 } }, { flags }).panicThreshold).toBe(0);
    expect(clusterWith({}, { flags: { PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: 'false' } }).panicThreshold).toBe(50);
  });

  test('weights of localities count for distribution and for failover that is spelled out', () => {
    const failover = { loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: 'b' }] } } };
    const outlierDetection = {};
    expect(clusterWith({ outlierDetection }).localityWeighted).toBe(false);
    expect(clusterWith(failover).localityWeighted).toBe(false);
    expect(clusterWith({ ...failover, outlierDetection }).localityWeighted).toBe(true);
    const meshConfig = { defaultTrafficPolicy: { outlierDetection } };
    expect(clusterWith(failover, { meshConfig }).localityWeighted).toBe(true);
    expect(clusterWith({}, { service: { trafficDistribution: 'PreferSameZone' } }).localityWeighted).toBe(true);
    expect(clusterWith({}, { flags: { ENABLE_LOCALITY_WEIGHTED_LB_CONFIG: 'true' } }).localityWeighted).toBe(true);
  });
});

describe('settings of several levels', () => {
  const passthrough = { loadBalancer: { simple: 'PASSTHROUGH' } };
  const random = { loadBalancer: { simple: 'RANDOM' } };

  function askWith(trafficPolicy: JsonObject, subsetPolicy?: JsonObject, meshConfig: JsonObject = {}) {
    const subsets = subsetPolicy === undefined ? [] : [{ name: 'v1', labels: {}, trafficPolicy: subsetPolicy }];
    const rule = fakeConfig('DestinationRule', 'shop/x', { host: 'reviews', trafficPolicy, subsets });
    return askFor(
      viewOf([{ tlsMode: 'disabled' }], { config: [rule], meshConfig }),
      {},
      subsetPolicy === undefined ? {} : { subset: 'v1' },
    );
  }

  test('a subset cannot take PASSTHROUGH of the host back, nor settings of a port that of the subset', () => {
    expect(askWith(passthrough, random)).toMatchObject({ code: 'not-eds' });
    const atPort = { ...passthrough, portLevelSettings: [{ port: { number: 80 }, ...random }] };
    expect(askWith({}, atPort)).toMatchObject({ code: 'not-eds' });
  });

  test('settings of the port take PASSTHROUGH of the host back, but not its judgement of TLS', () => {
    const atPort = { ...passthrough, portLevelSettings: [{ port: { number: 80 }, ...random }] };
    expect(askWith(atPort)).toMatchObject({ outcome: 'Answer', envoyCluster: { type: 'EDS', tls: 'None' } });
    expect(askWith(random)).toMatchObject({ outcome: 'Answer', envoyCluster: { type: 'EDS', tls: 'Auto' } });
  });

  test('the mesh’s outlier detection fills what a rule leaves out, but not what a subset does for the port', () => {
    const meshConfig = { defaultTrafficPolicy: { outlierDetection: { minHealthPercent: 20 } } };
    const at = (number: number): JsonObject => ({ portLevelSettings: [{ port: { number }, ...random }] });
    const threshold = (panicThreshold: number) => ({ envoyCluster: { panicThreshold } });
    expect(askWith(random, undefined, meshConfig)).toMatchObject(threshold(20));
    expect(askWith(at(80), undefined, meshConfig)).toMatchObject(threshold(20));
    expect(askWith({}, random, meshConfig)).toMatchObject(threshold(20));
    expect(askWith({}, at(81), meshConfig)).toMatchObject(threshold(20));
    expect(askWith({}, at(80), meshConfig)).toMatchObject(threshold(0));
    const own = { outlierDetection: { minHealthPercent: 30 } };
    expect(askWith({}, { ...own, ...at(80) }, meshConfig)).toMatchObject(threshold(0));
  });

  test('own certificates that the proxy cannot get leave it without TLS', () => {
    expect(clusterWith({ tls: { mode: 'MUTUAL' } }).tls).toBe('None');
    expect(clusterWith({ tls: { mode: 'MUTUAL', clientCertificate: '/c', privateKey: '/k' } }).tls).toBe('Mutual');
    expect(clusterWith({ tls: { mode: 'SIMPLE', credentialName: 'name' } }).tls).toBe('None');
    expect(clusterWith({ tls: { mode: 'SIMPLE', credentialName: 'configmap://name' } }).tls).toBe('Simple');
  });

  test('nothing is checked where the rule says so', () => {
    const tls = { mode: 'SIMPLE', subjectAltNames: ['a'] };
    expect(clusterWith({ tls }).sans).toEqual(['a']);
    expect(clusterWith({ tls: { ...tls, insecureSkipVerify: true } }).sans).toEqual([]);
  });
});
