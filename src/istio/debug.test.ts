import { expect, test } from 'vitest';
import { parseClusterz, parseEnvoyClusters, parseEnvoyStats } from './debug.ts';

test('clusterz: the own cluster has no secret', () => {
  // As istiod 1.31.0 answered with one remote secret.
  const answer = [
    { id: 'west', secretName: '', syncStatus: 'synced' },
    { id: 'east', secretName: 'istio-system/istio-remote-secret-east', syncStatus: 'timeout' },
    { id: 'north', secretName: 'istio-system/x', syncStatus: 'pondering' },
  ];
  expect(parseClusterz(answer)).toEqual([
    { cluster: 'west', secret: undefined, status: 'synced' },
    { cluster: 'east', secret: 'istio-system/istio-remote-secret-east', status: 'timeout' },
    { cluster: 'north', secret: 'istio-system/x', status: 'Unknown' },
  ]);
});

test('an answer of another form names the page and the place', () => {
  expect(() => parseClusterz([{ id: 'west' }])).toThrow(
    expect.objectContaining({
      code: 'unexpected-response',
      message: expect.stringMatching(/istiod \/debug\/clusterz.*0\.secretName/),
    }),
  );
  expect(() => parseEnvoyClusters('no JSON')).toThrow(expect.objectContaining({ code: 'unexpected-response' }));
});

const socket = (address: string, port: number) => ({ socket_address: { address, port_value: port } });

test('clusters: addresses, health, weight and counters of each host', () => {
  const name = 'outbound|8080||echo.sample.svc.cluster.local';
  const answer = {
    cluster_statuses: [
      {
        name,
        added_via_api: true,
        host_statuses: [
          {
            address: socket('10.1.0.7', 8080),
            stats: [
              { name: 'rq_total', value: '12' },
              { name: 'rq_active', type: 'GAUGE' },
            ],
            health_status: { eds_health_status: 'HEALTHY' },
            weight: 3,
            locality: { region: 'r1', zone: 'z1' },
          },
          { address: socket('198.19.0.2', 15443), health_status: { failed_outlier_check: true }, priority: 1 },
          { address: socket('fd00::7', 8080), health_status: { eds_health_status: 'UNHEALTHY' } },
          { address: { envoy_internal_address: { server_listener_name: 'inner', endpoint_id: 'a' } } },
          { address: { pipe: { path: './var/run/secrets/workload-spiffe-uds/socket' } } },
        ],
      },
      { name: 'BlackHoleCluster' },
    ],
  };
  const [echo, blackHole] = parseEnvoyClusters(answer);
  expect(blackHole).toEqual({ name: 'BlackHoleCluster', hosts: [] });
  expect(echo?.name).toBe(name);
  expect(echo?.hosts[0]).toEqual({
    address: '10.1.0.7:8080',
    healthy: true,
    ejected: false,
    weight: 3,
    priority: 0,
    locality: { region: 'r1', zone: 'z1', subZone: '' },
    stats: { rq_total: 12, rq_active: 0 },
  });
  expect(echo?.hosts.slice(1).map(({ address, healthy, ejected }) => [address, healthy, ejected])).toEqual([
    ['198.19.0.2:15443', false, true],
    ['[fd00::7]:8080', false, false],
    ['inner/a', true, false],
    ['./var/run/secrets/workload-spiffe-uds/socket', true, false],
  ]);
});

test('stats: numbers only', () => {
  const answer = {
    stats: [
      { name: 'cluster.xds-grpc.upstream_rq_total', value: 7 },
      { name: 'control_plane.identifier', value: 'istiod-1' },
      { histograms: { supported_quantiles: [0, 50], computed_quantiles: [] } },
    ],
  };
  expect([...parseEnvoyStats(answer)]).toEqual([['cluster.xds-grpc.upstream_rq_total', 7]]);
});
