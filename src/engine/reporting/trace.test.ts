import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { type Trace, trace } from '../../predict/request/trace.ts';
import { parseDown } from '../../predict/scenario/down.ts';
import { whatif } from '../../predict/scenario/whatif.ts';
import { threeClusters, twoNetworks } from '../../predict/testing/fake-mesh.ts';
import { findCaller } from '../../predict/world/caller.ts';
import { worldOf } from '../../predict/world/world.ts';
import { trace as schema } from '../../report/trace.ts';
import { whatIf } from '../../report/whatif.ts';
import type { LiveComparison } from '../live-comparison.ts';
import { traceReport } from './trace.ts';
import { whatifReport } from './whatif.ts';

function traced(snapshot: ReturnType<typeof twoNetworks>, host: string): Trace {
  return trace(worldOf(snapshot), findCaller(snapshot, 'west/shop/client'), {
    host,
    port: 80,
    subset: '',
    headers: { 'x-version': 'v2' },
    method: 'GET',
    path: '/',
  });
}

/** Two networks of which no gateway lets anything pass. */
function shut(): ReturnType<typeof twoNetworks> {
  const snapshot = twoNetworks();
  const clusters = snapshot.clusters.map(({ cluster, objects }) => ({
    cluster,
    objects: objects.filter(({ kind, apiVersion }) => kind !== 'Gateway' || !apiVersion.startsWith('networking')),
  }));
  return { ...snapshot, clusters };
}

test('the fields at the top are those of the first destination', () => {
  const report = traceReport(traced(twoNetworks(), 'reviews'));
  expectContract(schema, report);
  const [first] = report.destinations;
  const name = 'outbound|80||reviews.shop.svc.cluster.local';
  expect(report).toMatchObject({ kind: 'Trace', delivered: true, envoyCluster: name, endpoints: first?.endpoints });
  expect(first?.gateways).toMatchObject([{ cluster: 'east', passed: true, problem: null }]);
});

test('requests that are not answered have findings, and a gateway that ends them says why', () => {
  const report = traceReport(traced(shut(), 'details'));
  expectContract(schema, report);
  expect(report).toMatchObject({ delivered: false, findings: [{ severity: 'error', share: 100 }] });
  expect(report.destinations[0]?.gateways).toMatchObject([
    { passed: false, envoyCluster: null, problem: { code: 'no-server' } },
  ]);
});

test('a request for what nobody knows has no destination', () => {
  const report = traceReport(traced(twoNetworks(), 'nobody'));
  expectContract(schema, report);
  expect(report).toMatchObject({ delivered: false, endpoints: [] });
});

test('a comparison with the real mesh is part of the report', () => {
  const request: LiveComparison['request'] = {
    id: '1',
    method: 'GET',
    url: 'http://reviews/',
    sent: 1,
    silent: [],
    verdict: 'AsPredicted',
    status: 200,
    answered: true,
    problem: null,
    hosts: [{ envoyCluster: 'outbound|80||reviews', address: '10.1.0.1:8080', requests: 1, successes: 1 }],
  };
  const live: LiveComparison = {
    destinations: [
      {
        envoyCluster: 'outbound|80||reviews',
        verdict: 'StaleProxy',
        differences: [{ at: 'envoy', address: '10.1.0.1:8080', predicted: 'weight 1', actual: null }],
        ejected: ['10.1.0.2:8080'],
      },
    ],
    request,
    notes: ['a note'],
    agrees: false,
  };
  const report = traceReport(traced(twoNetworks(), 'reviews'), live);
  expectContract(schema, report);
  expect(report.live?.request).toMatchObject({ message: null, hosts: [{ envoyCluster: 'outbound|80||reviews' }] });
  expectContract(schema, traceReport(traced(twoNetworks(), 'reviews'), { ...live, request: null }));
});

test('what happens when a cluster is gone is a report', () => {
  const down = parseDown('cluster:east', { clusters: ['west', 'east', 'north'], networks: ['us', 'eu'] });
  const report = whatifReport(whatif(threeClusters(), { downs: [down], changes: [] }));
  expectContract(whatIf, report);
  expect(report).toMatchObject({ kind: 'WhatIf', down: ['cluster:east'] });
  expect(report.changes.map(({ after }) => after === null)).toContain(true);
  expect(report.untilExpiry.length + report.singlePoints.length).toBeGreaterThan(0);
});
