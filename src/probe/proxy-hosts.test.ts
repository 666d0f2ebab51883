import { expect, test } from 'vitest';
import { proxyCluster, proxyEvidence } from './proxy-hosts.ts';

const answer = {
  cluster_statuses: [
    { name: 'outbound|80||only-east.other.svc.cluster.local', host_statuses: [] },
    {
      name: 'outbound|80||only-east.ns.svc.cluster.local',
      host_statuses: [
        {
          address: { socket_address: { address: '198.19.0.2', port_value: 15443 } },
          stats: [
            { name: 'cx_connect_fail', value: '2' },
            { name: 'rq_success', value: '19' },
            { name: 'rq_total', value: '20', type: 'COUNTER' },
            { name: 'rq_error' },
          ],
          health_status: { eds_health_status: 'HEALTHY', failed_outlier_check: true },
          weight: 3,
          priority: 1,
        },
        { address: { pipe: { path: '/x' } } },
        { address: { socket_address: { address: '10.0.0.9', port_value: 8080 } }, health_status: {}, weight: 1 },
      ],
    },
  ],
};
const wanted = { service: 'only-east', namespace: 'ns', port: 80 };

test('picks the endpoints of the service, with Envoy left-out zeros filled in', () => {
  const none = { requests: 0, successes: 0, errors: 0, connectFailures: 0 };
  expect(proxyCluster(answer, wanted)).toEqual({
    host: 'only-east.ns.svc.cluster.local',
    hosts: [
      {
        address: '198.19.0.2',
        port: 15443,
        healthy: false,
        priority: 1,
        weight: 3,
        requests: 20,
        successes: 19,
        errors: 0,
        connectFailures: 2,
      },
      { address: '10.0.0.9', port: 8080, healthy: true, priority: 0, weight: 1, ...none },
    ],
  });
});

test('an unknown service is missing, which is not the same as having no endpoint', () => {
  expect(proxyEvidence(proxyCluster(answer, { ...wanted, service: 'only-west' }))).toEqual({ state: 'Missing' });
  expect(proxyEvidence(proxyCluster(answer, { ...wanted, namespace: 'other' }))).toEqual({ state: 'Known', hosts: [] });
});

test('an answer of another shape has no cluster', () => {
  for (const strange of [null, [], 'x', { cluster_statuses: {} }])
    expect(proxyCluster(strange, wanted)).toBeUndefined();
});
