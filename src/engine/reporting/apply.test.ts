import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { clusterName } from '../../api/name.ts';
import type { ApplyReport } from '../../apply/run/report.ts';
import { IsthmusError } from '../../base/error.ts';
import { applyReport as schema } from '../../report/apply.ts';
import { leaveReport as leaveSchema } from '../../report/leave.ts';
import { renewalReport as renewalSchema } from '../../report/renewal.ts';
import { applyReport } from './apply.ts';
import { leaveReport } from './leave.ts';
import { removalReport } from './removal.ts';
import { renewalReport } from './renewal.ts';

const [west, east, north] = [clusterName.parse('west'), clusterName.parse('east'), clusterName.parse('north')];
const counts = { created: 1, configured: 2, unchanged: 3 };
const error = new IsthmusError('cluster-unreachable', 'refused', { cause: new Error('ECONNREFUSED'), cluster: 'east' });
const ref = { apiVersion: 'v1', kind: 'Namespace', name: 'shop' };

const whole: ApplyReport = {
  mesh: 'shop',
  clusters: [
    { cluster: west, outcome: 'Applied', counts, unconnected: [] },
    { cluster: north, outcome: 'Left' },
  ],
  newRootFolder: undefined,
  requests: 10,
  writes: 3,
  seconds: 1.5,
};

const partial: ApplyReport = {
  ...whole,
  clusters: [
    {
      cluster: west,
      outcome: 'Applied',
      counts,
      unconnected: [{ peer: east, error, stands: false }],
      pruned: {
        deleted: [ref],
        released: [ref],
        kept: [{ ref, reason: 'by rule' }],
        failed: [{ ref, reason: 'denied' }],
      },
    },
    { cluster: east, outcome: 'Failed', counts, error },
  ],
  newRootFolder: '/home/me/shop',
};

test('an apply is ok where every cluster that was not left is as declared', () => {
  const report = applyReport(whole);
  expectContract(schema, report);
  expect(report).toMatchObject({ kind: 'ApplyReport', ok: true });
});

test('an apply that failed in a cluster has the error as data, without its cause', () => {
  const report = applyReport(partial);
  expectContract(schema, report);
  const plain = { code: 'cluster-unreachable', message: 'refused', cluster: 'east', retry: false };
  expect(report).toMatchObject({ ok: false, newRootFolder: '/home/me/shop' });
  expect(report.clusters).toMatchObject([{ unconnected: [{ peer: 'east', error: plain }] }, { error: plain }]);
});

test('a renewal is ok where no cluster failed', () => {
  const renewed = { cluster: west, outcome: 'Renewed', seconds: 3.2 } as const;
  const left = { cluster: north, outcome: 'Left' } as const;
  const report = renewalReport({ mesh: 'shop', clusters: [renewed, left] });
  expectContract(renewalSchema, report);
  expect(report.ok).toBe(true);
  const failed = renewalReport({ mesh: 'shop', clusters: [renewed, { cluster: east, outcome: 'Failed', error }] });
  expectContract(renewalSchema, failed);
  expect(failed.ok).toBe(false);
});

test('a leave is ok where the cluster has left and the others are as declared', () => {
  const left = removalReport({ mesh: 'shop', clusters: [], peerSecrets: [], peerFailures: [], seconds: 2 });
  const report = leaveReport('east', left, applyReport(whole));
  expectContract(leaveSchema, report);
  expect(report).toMatchObject({ kind: 'LeaveReport', mesh: 'shop', cluster: 'east', ok: true });
  const halfway = leaveReport('east', left);
  expectContract(leaveSchema, halfway);
  expect(halfway).toMatchObject({ ok: false });
});
