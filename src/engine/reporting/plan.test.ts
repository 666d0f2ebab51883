import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { remedy, repeat } from '../../base/remedy.ts';
import type { ClusterPlan, PlannedCluster } from '../../plan/mesh-plan.ts';
import { whatif } from '../../predict/scenario/whatif.ts';
import { threeClusters } from '../../predict/testing/fake-mesh.ts';
import { planReport as schema } from '../../report/plan.ts';
import { planReport } from './plan.ts';

const [west, east, north] = [clusterName.parse('west'), clusterName.parse('east'), clusterName.parse('north')];
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' };
const drift = [{ field: 'spec.replicas', managers: ['kubectl-edit'] }];

const planned: PlannedCluster = {
  cluster: west,
  outcome: 'Planned',
  server: 'https://west:6443',
  changes: [
    {
      action: 'Update',
      stage: 'ControlPlane',
      ref,
      reason: 'it differs',
      drift,
      fields: [
        { field: 'spec.replicas', before: 3, after: 2 },
        { field: 'spec.template', before: { metadata: null }, after: ['(hidden)'] },
        { field: 'data.key', after: '(hidden)' },
      ],
    },
    { action: 'Delete', stage: 'Gateway', ref, reason: 'not wanted', drift: [], fields: [], loss: 'its address' },
  ],
  barriers: [{ stage: 'Gateway', when: 'Before', awaits: 'istiod' }],
  respected: [{ ref, drift }],
  kept: [{ ref, reason: 'it is in use' }],
  unchanged: 7,
  guard: { deletions: 1, inventory: 9, limit: 5, halved: [], verdict: 'Allowed' },
  notices: ['a notice'],
};

const failed: ClusterPlan = {
  cluster: east,
  outcome: 'Failed',
  error: new IsthmusError('timeout', 'too late', {
    remedy: remedy`wait, then ${repeat()}`,
    cluster: 'east',
    retry: true,
  }),
};

const plan = {
  mesh: 'shop',
  istio: '1.30.3',
  clusters: [planned, failed, { cluster: north, outcome: 'Left' }],
} as const;

test('a plan has its totals, plain errors and remedies in parts', () => {
  const report = planReport(plan, { outcome: 'None' }, 42);
  expectContract(schema, report);
  expect(report).toMatchObject({
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshPlan',
    requests: 42,
    totals: { create: 0, change: 1, delete: 1 },
    clusters: [
      { totals: { create: 0, change: 1, delete: 1 } },
      { error: { code: 'timeout', remedy: ['wait, then ', { do: 'Repeat' }], cluster: 'east', retry: true } },
      { outcome: 'Left' },
    ],
  });
});

test('a plan has what it changes for traffic, or why that is unknown', () => {
  const change = whatif(threeClusters(), { downs: [], changes: [] });
  const predicted = planReport(
    plan,
    { outcome: 'Predicted', change, gaps: [{ message: 'pods of east', remedy: 'start it' }] },
    1,
  );
  expectContract(schema, predicted);
  expect(predicted.traffic).toMatchObject({ outcome: 'Predicted', change: { kind: 'WhatIf', clusters: 3 } });
  const unknown = planReport(plan, { outcome: 'NotPredicted', message: 'no answer', remedy: 'start it' }, 1);
  expectContract(schema, unknown);
  expect(unknown.traffic).toEqual({ outcome: 'NotPredicted', message: 'no answer', remedy: ['start it'] });
});
