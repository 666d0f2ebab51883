import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { joinReport as joinSchema } from '../../report/join.ts';
import { renderedMesh as renderSchema } from '../../report/render.ts';
import { snapshotReport as snapshotSchema } from '../../report/snapshot.ts';
import { joinReport } from './join.ts';
import { renderedMesh } from './render.ts';
import { snapshotReport } from './snapshot.ts';

const finding: Finding = {
  code: 'join-network-differs',
  severity: 'error',
  message: 'the networks differ',
  remedy: 'correct one of them',
  evidence: [{ fact: 'network eu', source: 'east: Namespace istio-system', at: '2030-01-01T00:00:00.000Z' }],
  at: { file: 'mesh.yaml', line: 3, column: 7, length: 2, text: '  network: us' },
  cluster: 'east',
  category: 'Network',
  confidence: 'Inferred',
  explains: ['join-unreachable'],
  impact: '1 of 2 pairs',
  undo: 'put it back',
};

const joining = { mesh: 'shop', cluster: clusterName.parse('east'), members: ['west'] };

test('a join is ok where no finding is an error and nothing keeps an apply from working', () => {
  const info: Finding = { ...finding, severity: 'info', at: { apiVersion: 'v1', kind: 'Pod', name: 'a', field: '' } };
  const report = joinReport({ ...joining, findings: [info], error: undefined });
  expectContract(joinSchema, report);
  expect(report).toMatchObject({ kind: 'JoinReport', ok: true, findings: [{ undo: ['put it back'] }] });
});

test('a join with a finding that is an error, or with an error, is not ok', () => {
  const error = new IsthmusError('access-denied', 'no right to list pods');
  for (const report of [
    joinReport({ ...joining, findings: [finding], error: undefined }),
    joinReport({ ...joining, findings: [], error }),
  ]) {
    expectContract(joinSchema, report);
    expect(report.ok).toBe(false);
  }
});

test('a render gives each object its place, and says what it left out of which cluster', () => {
  const cluster = clusterName.parse('west');
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 'cacerts' };
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } };
  const objects = [{ object, stage: 'Namespace' as const }];
  const report = renderedMesh('shop', [
    {
      cluster,
      objects,
      missing: [{ ref, why: 'it holds confidential data' }],
      notices: ['istioctl: a', 'istioctl: a'],
    },
  ]);
  expectContract(renderSchema, report);
  expect(report.files[0]?.path).toMatch(/^west\//);
  expect(report.missing).toEqual([{ cluster: 'west', ref, message: 'it holds confidential data' }]);
});

test('a snapshot counts objects', () => {
  const objects = [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }];
  const snapshot = { clusters: [{ cluster: 'west', objects }], istiods: [] };
  const report = snapshotReport('out', { snapshot, takenAt: '2030-01-01T00:00:00.000Z', gaps: ['pods of east'] });
  expectContract(snapshotSchema, report);
  expect(report.clusters).toEqual([{ cluster: 'west', objects: 1 }]);
  expectContract(snapshotSchema, snapshotReport('out', { snapshot, takenAt: undefined, gaps: [] }));
});
