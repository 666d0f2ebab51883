import { describe, expect, test } from 'vitest';
import { type MeshService, meshService } from '../api/mesh-service.ts';
import { clusterLocalSettings, hostOf, meshServiceObjects, policyText } from './mesh-service.ts';

function service(spec: object, name = 'reviews', namespace = 'shop'): MeshService {
  return meshService.parse({
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshService',
    metadata: { name, namespace },
    spec,
  });
}

describe('a host', () => {
  test.each([
    [{}, 'reviews.shop.svc.cluster.local'],
    [{ host: '*' }, '*'],
    [{ host: '*.kube-system' }, '*.kube-system.svc.cluster.local'],
    [{ host: 'ratings.shop' }, 'ratings.shop.svc.cluster.local'],
    [{ host: 'api.example.com' }, 'api.example.com'],
  ])('%j is %s', (spec, host) => {
    expect(hostOf(service(spec))).toBe(host);
  });
});

test('a service of scope Cluster is cluster-local in MeshConfig and needs no rule', () => {
  const services = [service({ scope: 'Cluster' }), service({ host: '*.legacy', scope: 'Cluster' }), service({})];
  expect(clusterLocalSettings(services)).toEqual([
    { settings: { clusterLocal: true }, hosts: ['reviews.shop.svc.cluster.local', '*.legacy.svc.cluster.local'] },
  ]);
  expect(clusterLocalSettings([service({})])).toEqual([]);
  expect(meshServiceObjects(services)).toEqual([]);
});

test('a split is a subset per cluster and a weight for each', () => {
  const [rule, routes, ...more] = meshServiceObjects([service({ split: { west: 90, east: 10 } })]);
  expect(more).toEqual([]);
  expect(rule).toMatchObject({
    kind: 'DestinationRule',
    metadata: { name: 'isthmus-shop-reviews', namespace: 'istio-system' },
    spec: {
      host: 'reviews.shop.svc.cluster.local',
      subsets: [
        { name: 'west', labels: { 'topology.istio.io/cluster': 'west' } },
        { name: 'east', labels: { 'topology.istio.io/cluster': 'east' } },
      ],
    },
  });
  const route = [
    { destination: { host: 'reviews.shop.svc.cluster.local', subset: 'west' }, weight: 90 },
    { destination: { host: 'reviews.shop.svc.cluster.local', subset: 'east' }, weight: 10 },
  ];
  expect(routes).toMatchObject({ kind: 'VirtualService', spec: { http: [{ route }], tcp: [{ route }] } });
});

test('failover comes with an outlier detection that may eject every endpoint', () => {
  const [rule, ...more] = meshServiceObjects([service({ failover: [{ to: 'east' }] })]);
  expect(more).toEqual([]);
  expect(rule).toHaveProperty('spec.trafficPolicy', {
    loadBalancer: { localityLbSetting: { enabled: true, failoverPriority: ['topology.istio.io/cluster'] } },
    outlierDetection: expect.objectContaining({ maxEjectionPercent: 100 }),
  });
});

test('what is declared for a part of a pattern that stays in its cluster is an exception', () => {
  const services = [
    service({ host: '*.legacy', scope: 'Cluster' }),
    service({}, 'orders', 'legacy'),
    service({ host: 'stock.legacy', split: { west: 100 } }),
    service({}, 'reviews', 'shop'),
  ];
  expect(clusterLocalSettings(services)).toEqual([
    { settings: { clusterLocal: true }, hosts: ['*.legacy.svc.cluster.local'] },
    {
      settings: { clusterLocal: false },
      hosts: ['orders.legacy.svc.cluster.local', 'stock.legacy.svc.cluster.local'],
    },
  ]);
});

describe('a split', () => {
  test.each([
    [{ splitBy: 'Network', split: { us: 70, Eu_1: 30 } }, 'us', 'eu-1', { 'topology.istio.io/network': 'Eu_1' }],
    [{ splitBy: 'Version', split: { v1: 90, '1.2.0': 10 } }, 'v1', '1-2-0', { version: '1.2.0' }],
    [
      { splitBy: 'Version', versionLabel: 'app.kubernetes.io/version', split: { v1: 90, v2: 10 } },
      'v1',
      'v2',
      { 'app.kubernetes.io/version': 'v2' },
    ],
  ])('%j binds requests to labels', (spec, first, second, labels) => {
    const [rule, routes] = meshServiceObjects([service(spec)]);
    expect(rule?.spec).toMatchObject({ subsets: [{ name: first }, { name: second, labels }] });
    const route = [{ destination: { subset: first } }, { destination: { subset: second } }];
    expect(routes?.spec).toMatchObject({ http: [{ route }], tcp: [{ route }] });
  });
});

describe('failover', () => {
  test('on readiness has priorities and ejects nothing', () => {
    const [rule] = meshServiceObjects([service({ failover: [{ to: 'east' }], failoverMode: 'OnReadiness' })]);
    expect(rule).toHaveProperty('spec.trafficPolicy.outlierDetection', { consecutive5xxErrors: 0 });
    expect(rule).toHaveProperty('spec.trafficPolicy.loadBalancer.localityLbSetting.enabled', true);
  });

  test('by locality goes by region, then zone, then cluster', () => {
    const [rule, ...more] = meshServiceObjects([service({ prefer: 'Locality' })]);
    expect(more).toEqual([]);
    expect(rule).toHaveProperty('spec.trafficPolicy.loadBalancer.localityLbSetting.failoverPriority', [
      'topology.kubernetes.io/region',
      'topology.kubernetes.io/zone',
      'topology.istio.io/cluster',
    ]);
  });

  test('by hand sends everything to the active cluster, and gateways know those on standby', () => {
    const manual = { failover: [{ to: 'east' }], failoverMode: 'Manual', active: 'west' };
    const [rule, routes] = meshServiceObjects([service(manual)]);
    expect(rule?.spec).toMatchObject({ subsets: [{ name: 'west' }, { name: 'east' }] });
    expect(rule?.spec).not.toHaveProperty('trafficPolicy');
    const host = 'reviews.shop.svc.cluster.local';
    expect(routes).toHaveProperty('spec.http', [{ route: [{ destination: { host, subset: 'west' }, weight: 100 }] }]);
    const [, activated] = meshServiceObjects([service({ ...manual, active: 'east' })]);
    expect(activated).toHaveProperty('spec.http.0.route.0.destination.subset', 'east');
  });
});

test.each([
  [{}, 'shared by all clusters'],
  [{ scope: 'Cluster' }, "stays in the caller's cluster"],
  [{ split: { west: 90, east: 10 } }, 'split west 90, east 10'],
  [{ split: { v1: 90, v2: 10 }, splitBy: 'Version' }, 'split v1 90, v2 10 by version'],
  [{ failover: [{ to: 'east' }] }, 'failover'],
  [
    { failover: [{ to: 'east' }], prefer: 'Locality', failoverMode: 'OnReadiness' },
    'locality first; failover on readiness',
  ],
  [{ failover: [{ to: 'east' }], failoverMode: 'Manual', active: 'west' }, 'west active, east on standby'],
])('%j in words', (spec, words) => {
  expect(policyText(service(spec))).toBe(words);
});
