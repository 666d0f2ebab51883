import { describe, expect, test } from 'vitest';
import {
  ask,
  askFor,
  fakeConfig,
  fakeEndpoint,
  fakeHost,
  fakePassthrough,
  fakeService,
  fakeView,
  viewOf,
} from '../testing/fake-view.ts';

function rule(spec: Parameters<typeof fakeConfig>[2]): ReturnType<typeof fakeConfig> {
  return fakeConfig('DestinationRule', 'shop/reviews', { host: 'reviews', ...spec });
}

describe('unhealthy endpoints', () => {
  const unready = [{ address: '10.1.0.1' }, { address: '10.1.0.2', health: 'UNHEALTHY' }] as const;
  const minHealth = rule({ trafficPolicy: { outlierDetection: { minHealthPercent: 10 } } });

  test('T1: they are sent by default, marked, and get no request', () => {
    const result = ask(viewOf(unready));
    expect(result.endpoints.map(({ health }) => health)).toEqual(['HEALTHY', 'UNHEALTHY']);
    expect(result.effective.map(({ share }) => share)).toEqual([100, 0]);
  });

  test('T1: a minimal health percent keeps them away', () => {
    const result = ask(viewOf(unready, { config: [minHealth] }));
    expect(result.endpoints).toHaveLength(1);
    expect(result.excluded).toMatchObject([{ address: '10.1.0.2:8080', reason: 'unhealthy-suppressed' }]);
    expect(result.excluded[0]?.explanation).toContain('DestinationRule shop/reviews');
  });

  test('T1: so does the flag, unless traffic distribution or the other flag asks for them', () => {
    const flags = { PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: 'false' };
    expect(ask(viewOf(unready, { flags })).endpoints).toHaveLength(1);
    expect(ask(viewOf(unready, { flags, service: { trafficDistribution: 'PreferSameZone' } })).endpoints).toHaveLength(
      2,
    );
    const forced = { ...flags, PILOT_SEND_UNHEALTHY_ENDPOINTS: 'true' };
    expect(ask(viewOf(unready, { flags: forced, config: [minHealth] })).endpoints).toHaveLength(2);
  });

  test('T19: terminating endpoints are never sent', () => {
    const result = ask(viewOf([{ health: 'TERMINATING' }], { flags: { PILOT_SEND_UNHEALTHY_ENDPOINTS: 'true' } }));
    expect(result.endpoints).toEqual([]);
    expect(result.excluded.map(({ reason }) => reason)).toEqual(['terminating']);
  });

  test('draining ones go to services with persistent sessions only', () => {
    const draining = [
      { health: 'DRAINING' },
      { address: '10.1.0.2', labels: { 'istio.io/draining': 'true' } },
    ] as const;
    expect(ask(viewOf(draining)).excluded.map(({ reason }) => reason)).toEqual(['draining', 'draining']);
    const labels = { 'istio.io/persistent-session': 'cookie' };
    const health = ask(viewOf(draining, { service: { labels } })).endpoints.map((endpoint) => endpoint.health);
    expect(health).toEqual(['DRAINING', 'DRAINING']);
  });
});

describe('which endpoints belong to a cluster', () => {
  test('T8: the port is matched by the name that the first cluster’s Service gives it', () => {
    const ports = [
      { name: 'http', port: 80, protocol: 'HTTP', targetPort: 8080 },
      { name: 'admin', port: 81, protocol: 'HTTP', targetPort: 8081 },
    ];
    const endpoints = [{}, { portName: 'admin', port: 8081 }, { cluster: 'c2', address: '20.0.0.1', portName: 'web' }];
    const result = ask(viewOf(endpoints, { service: { ports } }));
    expect(result.endpoints.map(({ address }) => address)).toEqual(['10.1.0.1:8080']);
    expect(result.excluded).toMatchObject([{ address: '20.0.0.1:8080', cluster: 'c2', reason: 'wrong-port-name' }]);
    expect(result.excluded[0]?.explanation).toBe(
      'endpoint 20.0.0.1:8080: port name "web" of its EndpointSlice is none of "http", "admin", which Service shop/reviews of cluster c1 names.',
    );
  });

  test('a subset selects by labels, those that istiod adds included', () => {
    const config = [rule({ subsets: [{ name: 'here', labels: { 'topology.istio.io/cluster': 'c1' } }] })];
    const endpoints = [
      { labels: { 'topology.istio.io/cluster': 'c1' } },
      { cluster: 'c2', address: '20.0.0.1', labels: { 'topology.istio.io/cluster': 'c2' } },
    ];
    const result = ask(viewOf(endpoints, { config }), {}, { subset: 'here' });
    expect(result.envoyCluster.name).toBe(`outbound|80|here|${fakeHost}`);
    expect(result.endpoints.map(({ cluster }) => cluster)).toEqual(['c1']);
    expect(result.excluded.map(({ reason }) => reason)).toEqual(['subset-mismatch']);
  });

  test('internalTrafficPolicy Local leaves other nodes and clusters out', () => {
    const endpoints = [
      { node: 'n1' },
      { address: '10.1.0.2', node: 'n2' },
      { cluster: 'c2', address: '20.0.0.1', node: 'n1' },
    ];
    const result = ask(viewOf(endpoints, { service: { nodeLocal: true } }), { node: 'n1' });
    expect(result.endpoints.map(({ address }) => address)).toEqual(['10.1.0.1:8080']);
    expect(result.excluded.map(({ reason }) => reason)).toEqual(['node-local', 'node-local']);
  });

  test('T9: cluster-local hosts lose other clusters’ endpoints, at the gateway too', () => {
    const meshConfig = { serviceSettings: [{ settings: { clusterLocal: true }, hosts: [fakeHost] }] };
    const view = viewOf([{}, { cluster: 'c2', address: '20.0.0.1' }], { meshConfig, config: [fakePassthrough] });
    for (const proxy of [{}, { type: 'router' }] as const) {
      const result = ask(view, proxy, { mode: proxy.type === 'router' ? 'sni-dnat' : 'outbound' });
      expect(result.endpoints.map(({ cluster }) => cluster)).toEqual(['c1']);
      expect(result.excluded.map(({ reason }) => reason)).toEqual(['cluster-local']);
    }
  });

  test('a cluster-local ServiceEntry compares the cluster of the endpoint, not of the registry', () => {
    const shard = { provider: 'External', cluster: 'c1', dropped: [] } as const;
    const endpoints = [fakeEndpoint(), fakeEndpoint({ cluster: 'c2', address: '20.0.0.1' })];
    const services = [{ service: fakeService({ provider: 'External' }), shards: [{ ...shard, endpoints }] }];
    const meshConfig = { serviceSettings: [{ settings: { clusterLocal: true }, hosts: [fakeHost] }] };
    expect(ask(fakeView({ services, meshConfig })).excluded.map(({ reason }) => reason)).toEqual(['cluster-local']);
  });

  test('endpoints of services that are not exported serve their own cluster only', () => {
    const endpoints = [{}, { cluster: 'c2', address: '20.0.0.1', sameClusterOnly: true }];
    expect(ask(viewOf(endpoints)).excluded.map(({ reason }) => reason)).toEqual(['mcs-not-exported']);
    expect(ask(viewOf(endpoints), { cluster: '' }).endpoints).toHaveLength(2);
  });

  test('host names are no addresses, sockets are', () => {
    const result = ask(viewOf([{ address: 'example.com' }, { address: 'unix:///tmp/socket', port: 0 }]));
    expect(result.endpoints.map(({ address }) => address)).toEqual(['pipe:/tmp/socket']);
    expect(result.excluded.map(({ reason }) => reason)).toEqual(['not-an-ip']);
  });

  test('what never reached the index is reported with its reason', () => {
    const dropped = [{ endpoint: fakeEndpoint(), reason: 'pod-not-found' }] as const;
    const shards = [{ provider: 'Kubernetes', cluster: 'c1', endpoints: [], dropped }] as const;
    const result = ask(fakeView({ services: [{ service: fakeService(), shards }] }));
    expect(result.excluded.map(({ reason }) => reason)).toEqual(['pod-not-found']);
  });

  test('localities come in the order of their labels, which group by their raw text', () => {
    const localities = ['r2/z', 'r1/z/', 'r1/z', ''];
    const endpoints = localities.map((locality, index) => ({ locality, address: `10.1.0.${index}` }));
    expect(ask(viewOf(endpoints)).endpoints.map(({ locality }) => locality)).toEqual(['', 'r1/z/', 'r1/z/', 'r2/z/']);
  });
});

describe('ambient is not guessed', () => {
  test.each([
    [
      'a waypoint behind the service',
      [{ tlsMode: 'disabled', labels: { 'gateway.istio.io/managed': 'istio.io-mesh-controller' } }],
      {},
    ],
    [
      'an endpoint that asks for HBONE',
      [{ tlsMode: 'disabled', labels: { 'networking.istio.io/tunnel': 'http' } }],
      {},
    ],
    ['a pod without sidecar where ztunnel may run', [{ tlsMode: 'disabled' }], { PILOT_ENABLE_AMBIENT: 'true' }],
    ['ambient across networks', [{}], { PILOT_ENABLE_AMBIENT: 'true', AMBIENT_ENABLE_MULTI_NETWORK: 'true' }],
  ])('%s', (_, endpoints, flags) => {
    expect(askFor(viewOf(endpoints, { flags }))).toMatchObject({ outcome: 'None', code: 'ambient-not-modelled' });
  });

  test('sidecars in a mesh that has ambient too are answered', () => {
    expect(ask(viewOf([{}], { flags: { PILOT_ENABLE_AMBIENT: 'true' } })).endpoints).toHaveLength(1);
  });
});
