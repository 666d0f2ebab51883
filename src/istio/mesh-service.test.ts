import { describe, expect, test } from 'vitest';
import { type MeshService, meshService } from '../api/mesh-service.ts';
import { clusterLocalSettings, hostOf, meshServiceObjects } from './mesh-service.ts';

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
