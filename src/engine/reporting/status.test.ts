import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { statusReport as schema } from '../../report/status.ts';
import type { ClusterStatus, ReachableStatus } from '../../status/cluster-status.ts';
import { statusReport } from './status.ts';

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')];

const unread: Finding = {
  code: 'cluster-unread',
  severity: 'error',
  confidence: 'Unknown',
  cluster: 'east',
  message: 'nothing is known of it',
  remedy: 'start it',
};

const full: ReachableStatus = {
  cluster: west,
  network: 'us',
  reachable: true,
  server: 'https://west:6443',
  kubernetes: 'v1.36.3',
  istiod: { exists: true, wanted: 2, available: 2, updated: 2, complete: true, version: '1.30.3', runsIn: west },
  gateway: { exists: true, wanted: 1, available: 1, updated: 1, complete: true, address: '198.19.0.2' },
  peers: [
    { peer: east, configured: true, state: 'synced', answers: 'Yes' },
    { peer: east, configured: true, state: 'timeout', answers: 'Unknown', detail: 'no answer' },
  ],
  certificate: { notAfter: '2027-11-21T00:00:00.000Z', rootFingerprint: 'AA:BB' },
  injectNamespaces: [{ name: 'shop', labelled: true }],
  unread: [],
  findings: [],
};

const bare: ReachableStatus = {
  ...full,
  cluster: east,
  istiod: { exists: false, wanted: 0, available: 0, updated: 0, complete: false, version: undefined, runsIn: west },
  gateway: { exists: true, wanted: 1, available: 0, updated: 0, complete: false, address: undefined },
  peers: [],
  certificate: undefined,
  findings: [{ ...unread, confidence: 'Proved', code: 'gateway-address', message: 'east-west gateway: no address' }],
};

const gone: ClusterStatus = {
  cluster: east,
  network: 'eu',
  reachable: false,
  error: new IsthmusError('cluster-unreachable', 'refused'),
  findings: [unread],
};

function reportOf(...clusters: readonly ClusterStatus[]) {
  const report = statusReport({ mesh: 'shop', readAt: '2030-01-01T00:00:00.000Z', clusters });
  expectContract(schema, report);
  return report;
}

test('a mesh in which nothing is wrong is ok', () => {
  expect(reportOf(full, { ...full, gateway: undefined })).toMatchObject({ kind: 'MeshStatus', ok: true });
});

test('a finding in a cluster makes the mesh not ok, and what is not known is left out', () => {
  const report = reportOf(full, bare);
  expect(report.ok).toBe(false);
  expect(report.clusters[1]).toMatchObject({
    findings: [{ message: 'east-west gateway: no address', severity: 'error', cluster: 'east' }],
  });
  expect(report.clusters[1]).not.toHaveProperty('certificate');
});

test('what could not be read is null, and named with its reason', () => {
  const error = new IsthmusError('access-denied', 'ann may not get secrets');
  const report = reportOf({
    ...full,
    kubernetes: null,
    istiod: null,
    gateway: null,
    certificate: null,
    injectNamespaces: null,
    peers: [{ peer: east, configured: null, state: null, answers: 'Unknown' }],
    unread: [{ part: 'Intermediate', error }],
    findings: [unread],
  });
  expect(report).toMatchObject({ ok: false, verdict: 'Unknown' });
  expect(report.clusters[0]).toMatchObject({
    certificate: null,
    unread: [{ part: 'Intermediate', error: { code: 'access-denied', message: 'ann may not get secrets' } }],
  });
});

test('what is known to be wrong outweighs what is not known', () => {
  expect(reportOf(full, bare, gone).verdict).toBe('No');
  expect(reportOf(full, gone).verdict).toBe('Unknown');
  expect(reportOf(full).verdict).toBe('Yes');
});

test('a cluster that does not answer makes the mesh not ok', () => {
  expect(reportOf(full, gone)).toMatchObject({
    ok: false,
    clusters: [{ reachable: true }, { reachable: false, error: { code: 'cluster-unreachable' } }],
  });
});
