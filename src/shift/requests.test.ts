import { expect, test } from 'vitest';
import type { EnvoyCluster } from '../istio/debug.ts';
import { endpointCounts, flowsOfBoth, type ProxyRequests, requestsBetween } from './requests.ts';

const host = 'helloworld.sample.svc.cluster.local';
const placeOf = (_: string, address: string): string | undefined =>
  ({ '10.0.0.1:5000': 'west', '198.18.0.9:15443': 'east' })[address];

function envoyCluster(
  name: string,
  ...ends: readonly (readonly [address: string, all: number, failed?: number])[]
): EnvoyCluster {
  const locality = { region: '', zone: '', subZone: '' };
  return {
    name,
    hosts: ends.map(([address, all, failed = 0]) => ({
      ...{ address, healthy: true, ejected: false, weight: 1, priority: 0, locality },
      stats: { rq_total: all, rq_error: failed },
    })),
  };
}

function proxy(name: string, ...clusters: readonly EnvoyCluster[]): ProxyRequests {
  return { proxy: `west/sample/${name}`, from: 'west', counted: endpointCounts(clusters) };
}

const whole = `outbound|5000||${host}`;

test('every endpoint of every service is counted, and what an application is sent is not', () => {
  const clusters = [envoyCluster(whole, ['10.0.0.1:5000', 4, 1]), envoyCluster('inbound|5000||', ['10.0.0.1:5000', 9])];
  expect(endpointCounts([...clusters, envoyCluster('xds-grpc', ['x', 1])])).toEqual([
    { key: `${whole} 10.0.0.1:5000`, host, address: '10.0.0.1:5000', requests: 4, errors: 1 },
  ]);
});

test('a window has what was counted since, by the cluster that answered', () => {
  const before = [
    proxy('a', envoyCluster(whole, ['10.0.0.1:5000', 10, 1])),
    proxy('gone', envoyCluster(whole, ['10.0.0.1:5000', 9])),
  ];
  const after = [
    proxy('a', envoyCluster(whole, ['10.0.0.1:5000', 30, 4], ['198.18.0.9:15443', 5], ['10.9.9.9:1', 2])),
    proxy('new', envoyCluster(whole, ['10.0.0.1:5000', 50])),
  ];
  expect(requestsBetween(before, after, placeOf)).toEqual([
    { from: 'west', host, requests: 27, errors: 3, answered: { west: 17, east: 5, unknown: 2 } },
  ]);
});

test('an Envoy that began again at zero is counted from there, and windows add up', () => {
  const [one, two, three] = [100, 7, 120].map((count) => [proxy('a', envoyCluster(whole, ['10.0.0.1:5000', count]))]);
  if (one === undefined || two === undefined || three === undefined) throw new Error('three readings');
  const first = requestsBetween(one, two, placeOf);
  const second = requestsBetween(two, three, placeOf);
  expect(flowsOfBoth(first, second)).toEqual([
    { from: 'west', host, requests: 120, errors: 0, answered: { west: 120 } },
  ]);
});
