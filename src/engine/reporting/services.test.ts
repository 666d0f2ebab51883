import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import type { Histogram } from '../../istio/request-durations.ts';
import { surveyServices } from '../../predict/scenario/services.ts';
import { twoNetworks } from '../../predict/testing/fake-mesh.ts';
import { serviceReport as schema } from '../../report/service.ts';
import { type MeasuredFlows, serviceReport } from './services.ts';

const host = 'reviews.shop.svc.cluster.local';

/** So many requests, all in the bucket that ends there. */
function all(count: number, upTo: number): Histogram {
  const bounds = [1, 10, 250, 500];
  return { bounds, atMost: bounds.map((bound) => (bound >= upTo ? count : 0)), count };
}

function measuredOf(measured: MeasuredFlows) {
  const services = surveyServices(twoNetworks(), (one) => one === host);
  const report = serviceReport({ mesh: 'shop', services, policies: new Map(), unread: [], measured });
  expectContract(schema, report);
  return report.services[0]?.measured;
}

const flow = { from: 'west', host, requests: 40, errors: 0, answered: { west: 30, east: 10 } };
const clusters = new Set(['east', 'west']);

test('how long requests took is beside where they went, by the cluster that answered', () => {
  const latency = [
    { from: 'west', host, cluster: 'east', histogram: all(10, 500) },
    { from: 'west', host, cluster: 'west', histogram: all(30, 10) },
    { from: 'east', host, cluster: 'west', histogram: all(99, 10) },
    { from: 'west', host: 'other.shop.svc.cluster.local', cluster: 'west', histogram: all(99, 10) },
  ];
  expect(measuredOf({ flows: [flow], latency, clusters })?.map((one) => one.latency)).toEqual([
    [
      {
        to: 'east',
        p50: { ms: 375, fromMs: 250, toMs: 500, requests: 10 },
        p99: { ms: 497.5, fromMs: 250, toMs: 500, requests: 10 },
      },
      {
        to: 'west',
        p50: { ms: 5.5, fromMs: 1, toMs: 10, requests: 30 },
        p99: { ms: 9.91, fromMs: 1, toMs: 10, requests: 30 },
      },
    ],
  ]);
});

test('a cluster that nobody knows is unknown, and what was not sampled is left out', () => {
  const latency = [
    { from: 'west', host, cluster: 'elsewhere', histogram: all(3, 10) },
    { from: 'west', host, cluster: 'unknown', histogram: all(4, 1000) },
  ];
  const [one] = measuredOf({ flows: [flow], latency, clusters }) ?? [];
  expect(one?.latency.map(({ to, p99 }) => [to, p99.toMs, p99.requests])).toEqual([['unknown', null, 7]]);
  expect(measuredOf({ flows: [flow], latency: [], clusters })?.[0]?.latency).toEqual([]);
});
