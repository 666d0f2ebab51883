import { describe, expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { planReport } from '../../engine/reporting/plan.ts';
import type { ObjectRef } from '../../objects/object.ts';
import type { MeshPlan, PlannedChange, PlannedCluster } from '../../plan/mesh-plan.ts';
import { namesText } from './names-text.ts';
import { planExitCode } from './run.ts';
import { planText } from './text.ts';

const west = clusterName.parse('west');
const options = { apply: '-f mesh.yaml', source: '-f mesh.yaml', color: false };

function ref(kind: string, name: string): ObjectRef {
  return { apiVersion: 'v1', kind, namespace: 'istio-system', name };
}

function change(over: Partial<PlannedChange>): PlannedChange {
  return {
    action: 'Create',
    stage: 'Discovery',
    ref: ref('Secret', 's'),
    reason: 'it does not exist',
    drift: [],
    fields: [],
    ...over,
  };
}

function planned(over: Partial<PlannedCluster> = {}): PlannedCluster {
  return {
    cluster: west,
    outcome: 'Planned',
    server: 'https://198.51.100.1',
    changes: [],
    barriers: [],
    respected: [],
    kept: [],
    unchanged: 50,
    guard: { deletions: 0, inventory: 50, limit: 5, halved: [], verdict: 'Allowed' },
    notices: [],
    ...over,
  };
}

function plan(...clusters: MeshPlan['clusters']) {
  return planReport({ mesh: 'shop', istio: '1.31', clusters }, { outcome: 'None' }, 7);
}

describe('planText', () => {
  test('says in few words that there is nothing to do', () => {
    expect(planText(plan(planned()), options)).toBe(
      'mesh shop, Istio 1.31\n  west  https://198.51.100.1  +0  ~0  -0  50 unchanged\n\n' +
        'plan: nothing to do: the clusters are as declared\n',
    );
  });

  test('shows stages in their order with what is awaited, fields with both values, deletions last', () => {
    const drift = [{ field: 'spec.replicas', managers: ['kubectl-edit'] }];
    const text = planText(
      plan(
        planned({
          changes: [
            change({
              action: 'Update',
              stage: 'ControlPlane',
              ref: ref('Deployment', 'istiod'),
              reason: 'spec.replicas changed by kubectl-edit',
              drift,
              fields: [{ field: 'spec.replicas', before: 3, after: 1 }],
            }),
            change({ ref: ref('Secret', 'istio-remote-secret-east') }),
            change({
              action: 'Delete',
              stage: 'Address',
              ref: ref('Service', 'gateway'),
              reason: 'no longer in the mesh file',
              loss: 'its load balancer releases the address 198.51.100.7',
            }),
          ],
          barriers: [{ stage: 'Discovery', when: 'Before', awaits: 'east is ready for traffic' }],
          guard: { deletions: 6, inventory: 50, limit: 5, halved: [], verdict: 'OverLimit' },
          respected: [{ ref: ref('ConfigMap', 'istio'), drift: [{ field: 'data.mesh', managers: [] }] }],
          kept: [{ ref: ref('Role', 'r'), reason: 'it belongs to mesh other' }],
        }),
      ),
      options,
    );
    expect(text.split('\n').slice(3, -1)).toEqual([
      'west',
      '  control plane',
      '    ~ Deployment istio-system/istiod: spec.replicas changed by kubectl-edit',
      '        spec.replicas: 3 → 1',
      '  remote secrets',
      '    waits: east is ready for traffic',
      '    + Secret istio-system/istio-remote-secret-east',
      '  DELETED, after everything else',
      '    - Service istio-system/gateway: no longer in the mesh file',
      '        its load balancer releases the address 198.51.100.7',
      '    6 to delete of 50 objects: over the limit of 5, so an apply refuses',
      '  respected: left to those who changed it (spec.drift: Respect)',
      '    ConfigMap istio-system/istio: data.mesh removed',
      '  no longer declared, and kept',
      '    Role istio-system/r: it belongs to mesh other',
      '',
      'plan: 1 to create, 1 to change, 1 to delete; nothing was written',
      'next: put back into the mesh file what it should not have lost; a cluster is taken out with isthmus leave CLUSTER -f mesh.yaml while the file still declares it',
    ]);
  });

  test('proposes no apply that would be refused, and hands over no override of the guard', () => {
    const halved = [{ kind: 'DestinationRule', deletions: 4, inventory: 6 }];
    const guarded = (verdict: 'OverLimit' | 'KindHalved' | 'Everything') =>
      planText(
        plan(
          planned({
            changes: [change({ action: 'Delete' })],
            guard: { deletions: 6, inventory: 50, limit: 5, halved, verdict },
          }),
        ),
        options,
      );
    expect(guarded('KindHalved')).toContain('4 of 6 DestinationRules among them, so an apply refuses');
    for (const text of [guarded('OverLimit'), guarded('KindHalved'), guarded('Everything')]) {
      expect(text).not.toMatch(/isthmus apply|--max-delete/);
      expect(text).toContain('isthmus leave CLUSTER -f mesh.yaml');
    }
  });

  test('proposes no apply while the API server would refuse a part of it', () => {
    const error = new IsthmusError('kubernetes-error', 'quota exceeded', { remedy: 'have the quota raised' });
    const text = planText(plan(planned({ changes: [change({ error })] })), options);
    expect(text).toContain('have the quota raised');
    expect(text).toContain('next: mend what would be refused, then isthmus plan -f mesh.yaml');
    expect(text).not.toContain('isthmus apply');
  });

  test('shows of a long text only the lines that differ', () => {
    const lines = (middle: string): string => ['a', 'b', middle, 'y', 'z'].join('\n');
    const fields = [{ field: 'data.mesh', before: lines('old'), after: lines('new') }];
    const text = planText(plan(planned({ changes: [change({ action: 'Update', fields, reason: 'r' })] })), options);
    expect(text).toContain('        data.mesh:\n          - old\n          + new\n');
    expect(text).not.toMatch(/^ *[abyz]$/m);
  });

  test('says when only the ownership of fields changes, and what is restored beside a wish of the mesh', () => {
    const drift = [{ field: 'spec.x', managers: ['helm'] }];
    const update = change({ action: 'Update', reason: 'differs from the mesh file', drift });
    const text = planText(plan(planned({ changes: [update] })), options);
    expect(text).toContain('restores: spec.x changed by helm');
    expect(text).toContain('no value changes; the fields become ours again');
  });

  test('a cluster that could not be read is never "nothing to do"', () => {
    const error = new IsthmusError('cluster-unreachable', 'cluster east: refuses connections', { remedy: 'start it' });
    const text = planText(plan({ cluster: west, outcome: 'Failed', error }), options);
    expect(text).toContain('error: cluster east: refuses connections [cluster-unreachable]');
    expect(text).toContain('plan: the clusters that could be planned are as declared');
  });
});

test('a plan that lacks a cluster ends with not known, unless something else is known', () => {
  const east = clusterName.parse('east');
  const failed = (code: 'access-denied' | 'cluster-unreachable' | 'kubernetes-error') => new IsthmusError(code, 'why');
  const away = { cluster: east, outcome: 'Failed', error: failed('cluster-unreachable') } as const;
  const codeOf = (clusters: MeshPlan['clusters'], flags = {}): number => planExitCode(plan(...clusters), flags);
  expect(codeOf([planned(), away])).toBe(10);
  expect(codeOf([planned(), away], { acceptUnknown: true })).toBe(0);
  expect(codeOf([planned({ changes: [change({})] }), away], { exitCode: true })).toBe(7);
  expect(codeOf([planned({ changes: [change({ error: failed('kubernetes-error') })] }), away])).toBe(1);
  expect(codeOf([away], { acceptUnknown: true })).toBe(6);
  expect(codeOf([away, { ...away, cluster: west, error: failed('access-denied') }])).toBe(4);
});

test('-o name: a line for each object that would change, as kubectl takes it', () => {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'istio-system' };
  const changes = [change({ ref: namespace }), change({ action: 'Update', ref: deployment })];
  const error = new IsthmusError('cluster-unreachable', 'east does not answer');
  const east = { cluster: clusterName.parse('east'), outcome: 'Failed' as const, error };
  expect(namesText(plan(planned({ changes }), east))).toBe(
    'west namespace/istio-system\nwest deployment.apps/istiod -n istio-system\n',
  );
});

test('-o wide: values and texts are whole', () => {
  const long = 'x'.repeat(300);
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n');
  const fields = [
    { field: 'data.long', before: 'short', after: long },
    { field: 'data.text', before: 'none\n', after: lines },
  ];
  const report = plan(planned({ changes: [change({ action: 'Update', fields, reason: 'r' })] }));
  const cut = planText(report, options);
  expect(cut).not.toContain(long);
  expect(cut).toContain('more lines');
  const whole = planText(report, { ...options, values: 'Whole' });
  expect(whole).toContain(`"short" → "${long}"`);
  expect(whole).toContain('+ line 29');
});
