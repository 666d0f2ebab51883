import { expect, test } from 'vitest';
import type { EnvoyCluster } from '../istio/debug.ts';
import { hostCounts, type ProxyCounts, together, windowOf, withoutTarget } from './counters.ts';

const host = 'reviews.sample.svc.cluster.local';

function envoy(subset: string, address: string, stats: Readonly<Record<string, number>>, healthy = true): EnvoyCluster {
  const locality = { region: '', zone: '', subZone: '' };
  const endpoint = { address, healthy, ejected: false, weight: 1, priority: 0, locality, stats };
  return { name: `outbound|5000|${subset}|${host}`, hosts: [endpoint] };
}

function proxy(clusters: readonly EnvoyCluster[], name = 'west/sample/client'): ProxyCounts {
  return { proxy: name, from: name.split('/')[0] ?? '', hosts: hostCounts(clusters, host) };
}

const subsets = { target: 'east', sources: ['west'] };

test('counts what came between two readings, by calling cluster', () => {
  const before = proxy([
    envoy('east', '10.2.0.1:15443', { rq_total: 100, rq_error: 1 }),
    envoy('west', '10.1.0.1:5000', { rq_total: 900 }),
  ]);
  const after = proxy([
    envoy('east', '10.2.0.1:15443', { rq_total: 150, rq_error: 3 }),
    envoy('west', '10.1.0.1:5000', { rq_total: 1000 }),
    envoy('', '10.1.0.1:5000', { rq_total: 4 }),
  ]);
  const windows = windowOf([before], [after], subsets);
  expect(windows).toEqual([
    { from: 'west', target: { requests: 50, errors: 2 }, sources: { requests: 100, errors: 0 }, elsewhere: 4 },
  ]);
  expect(together([...windows, ...windows]).target).toEqual({ requests: 100, errors: 4 });
});

test('an endpoint that is new counts from zero, and so does one whose counters began again', () => {
  const before = proxy([envoy('west', '10.1.0.1:5000', { rq_total: 900 })]);
  const after = proxy([
    envoy('west', '10.1.0.1:5000', { rq_total: 7 }),
    envoy('west', '10.1.0.2:5000', { rq_total: 5 }),
  ]);
  expect(windowOf([before], [after], subsets)[0]?.sources.requests).toBe(12);
});

test('a sidecar that was not there before counts nothing, and other services never do', () => {
  const stranger = {
    ...envoy('east', '10.2.0.9:80', { rq_total: 9 }),
    name: 'outbound|80|east|other.sample.svc.cluster.local',
  };
  expect(hostCounts([stranger], host)).toEqual([]);
  expect(windowOf([], [proxy([envoy('east', '10.2.0.1:15443', { rq_total: 9 })])], subsets)).toEqual([]);
});

test('sidecars in which no endpoint of the target is healthy are named', () => {
  const well = proxy([envoy('east', '10.2.0.1:15443', {}), envoy('west', '10.1.0.1:5000', {})], 'west/sample/a');
  const blind = proxy(
    [envoy('east', '10.2.0.1:15443', {}, false), envoy('west', '10.1.0.1:5000', {})],
    'west/sample/b',
  );
  const empty = proxy([envoy('west', '10.1.0.1:5000', {})], 'west/sample/c');
  expect(withoutTarget([well, blind, empty], 'east')).toEqual(['west/sample/b', 'west/sample/c']);
});
