import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { clusterName } from '../../api/name.ts';
import type { Finding } from '../../base/finding.ts';
import { statusReport as schema } from '../../report/status.ts';
import type { ClusterStatus, ReachableStatus } from '../../status/cluster-status.ts';
import { statusReport } from './status.ts';

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')];

const unread: Finding = {
  code: 'cluster-unread',
  severity: 'error',
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
  istiod: { wanted: 2, available: 2, complete: true, version: '1.30.3', runsIn: west },
  gateway: { wanted: 1, available: 1, complete: true, address: '198.19.0.2' },
  peers: [
    { peer: east, configured: true, state: 'synced', answers: 'Yes' },
    { peer: east, configured: true, state: 'timeout', answers: 'Unknown', detail: 'no answer' },
  ],
  certificate: { notAfter: '2027-11-21T00:00:00.000Z', rootFingerprint: 'AA:BB' },
  injectNamespaces: [{ name: 'shop', labelled: true }],
  findings: [],
};

const bare: ReachableStatus = {
  ...full,
  cluster: east,
  istiod: { wanted: 0, available: 0, complete: false, version: undefined, runsIn: west },
  gateway: { wanted: 1, available: 0, complete: false, address: undefined },
  peers: [],
  certificate: undefined,
  findings: [{ ...unread, code: 'gateway-address', message: 'east-west gateway: no address' }],
};

const gone: ClusterStatus = {
  cluster: east,
  network: 'eu',
  reachable: false,
  error: { code: 'cluster-unreachable', message: 'refused' },
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

test('a cluster that does not answer makes the mesh not ok', () => {
  expect(reportOf(full, gone)).toMatchObject({
    ok: false,
    clusters: [{ reachable: true }, { reachable: false, error: { code: 'cluster-unreachable' } }],
  });
});
