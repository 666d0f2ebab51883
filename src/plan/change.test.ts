import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { owned } from '../objects/ownership.ts';
import { conflictsFor, type DesiredObject, planObject } from './change.ts';

const options = { mesh: 'shop', digest: (text: string) => `digest:${text}`, drift: 'Repair' } as const;
const respectful = { ...options, drift: 'Respect' } as const;

function desired(spec: JsonObject, over: Partial<DesiredObject> = {}): DesiredObject {
  const object = owned({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'n' }, spec }, 'shop');
  return { object, ceded: [], ownership: 'Ours', ...over };
}

/** The object as a server would hold it after an apply of ours. */
function stored(change: ReturnType<typeof planObject>, without: readonly string[] = []): KubeObject {
  if (change.action !== 'Create' && change.action !== 'Update')
    throw new Error(`nothing was applied: ${change.action}`);
  const spec = change.object.spec as JsonObject;
  const heldSpec = Object.fromEntries(
    Object.keys(spec)
      .filter((key) => !without.includes(key))
      .map((key) => [`f:${key}`, {}]),
  );
  const managedFields = [
    { manager: 'isthmus', operation: 'Apply', fieldsV1: { 'f:metadata': {}, 'f:spec': heldSpec } },
    // A field that is gone is held by nobody.
    {
      manager: 'kubectl-edit',
      operation: 'Update',
      fieldsV1: { 'f:spec': { '.': {}, ...Object.fromEntries(without.map((key) => [`f:${key}`, {}])) } },
    },
    { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', fieldsV1: { 'f:status': {} } },
  ];
  return { ...change.object, metadata: { ...change.object.metadata, managedFields } } as KubeObject;
}

describe('planObject', () => {
  test('leaves out nulls, wherever they are, and what the server keeps in the status', () => {
    const { object, ...rest } = desired({ a: null, b: [{ c: null, d: 1 }], e: { f: 2 }, g: [3] });
    const change = planObject({ ...rest, object: { ...object, status: { ready: true } } }, undefined, options);
    expect(change.action === 'Create' && change.object.spec).toEqual({ b: [{ d: 1 }], e: { f: 2 }, g: [3] });
    expect(change.action === 'Create' && change.object.status).toBeUndefined();
  });

  test('creates what is not there', () => {
    expect(planObject(desired({ type: 'ClusterIP' }), undefined, options)).toMatchObject({ action: 'Create' });
  });

  test('leaves alone what was applied and not touched', () => {
    const want = desired({ type: 'ClusterIP' });
    expect(planObject(want, stored(planObject(want, undefined, options)), options).action).toBe('Unchanged');
  });

  test('updates what is wanted otherwise', () => {
    const live = stored(planObject(desired({ type: 'ClusterIP' }), undefined, options));
    expect(planObject(desired({ type: 'LoadBalancer' }), live, options)).toMatchObject({ action: 'Update' });
  });

  test('restores a field that somebody changed and names them', () => {
    const want = desired({ type: 'ClusterIP', clusterIP: 'None' });
    const change = planObject(want, stored(planObject(want, undefined, options), ['type']), options);
    expect(change).toMatchObject({ action: 'Update', reason: 'spec.type changed by kubectl-edit' });
  });

  test('an empty list that nobody holds has not drifted, one that somebody filled has', () => {
    const want = desired({ type: 'ClusterIP', externalIPs: [] });
    const live = stored(planObject(want, undefined, options), ['externalIPs']);
    expect(planObject(want, live, options)).toMatchObject({ reason: 'spec.externalIPs changed by kubectl-edit' });
    const [ours, , status] = live.metadata.managedFields as JsonObject[];
    const unheld = { ...live, metadata: { ...live.metadata, managedFields: [ours, status] } } as KubeObject;
    expect(planObject(want, unheld, options).action).toBe('Unchanged');
  });

  test('tells what was removed from what was changed', () => {
    const want = desired({ type: 'ClusterIP', clusterIP: 'None' });
    const live = stored(planObject(want, undefined, options), ['type']);
    const [ours, , status] = live.metadata.managedFields as JsonObject[];
    const removed = { ...live, metadata: { ...live.metadata, managedFields: [ours, status] } } as KubeObject;
    expect(planObject(want, removed, options)).toMatchObject({
      reason: 'spec.type removed',
      drift: [{ managers: [] }],
    });
  });

  test('leaves to others what they took, where the mesh says so', () => {
    const want = desired({ type: 'ClusterIP', clusterIP: 'None' });
    const live = stored(planObject(want, undefined, options), ['type']);
    const respected = [{ field: 'spec.type', managers: ['kubectl-edit'] }];
    expect(planObject(want, live, respectful)).toMatchObject({ action: 'Unchanged', respected });
    const other = planObject(desired({ type: 'LoadBalancer', clusterIP: '' }), live, respectful);
    expect(other).toMatchObject({ action: 'Update', respected, object: { spec: { clusterIP: '' } } });
    expect(other).not.toHaveProperty('object.spec.type');
    expect(planObject(want, undefined, respectful).action).toBe('Create');
  });

  test('restores the fields of others together with what else is wanted', () => {
    const live = stored(planObject(desired({ type: 'ClusterIP', clusterIP: 'None' }), undefined, options), ['type']);
    expect(planObject(desired({ type: 'ClusterIP', clusterIP: '' }), live, options)).toMatchObject({
      action: 'Update',
      reason: 'differs from the mesh file',
      drift: [{ field: 'spec.type', managers: ['kubectl-edit'] }],
    });
  });

  test('refuses an object of another owner, but not a shared one', () => {
    const foreign: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'n' } };
    expect(planObject(desired({}), foreign, options).action).toBe('Refuse');
    expect(planObject(desired({}, { ownership: 'Shared' }), foreign, options).action).toBe('Update');
  });

  test('takes over a definition that nobody claims, but not that of another mesh', () => {
    const left: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'n' } };
    const other = { ...left, metadata: { ...left.metadata, labels: { 'isthmus.dev/mesh': 'other' } } };
    const want = desired({}, { ownership: 'Heritable' });
    expect(planObject(want, left, options).action).toBe('Update');
    expect(planObject(want, other, options).action).toBe('Refuse');
  });

  test('sets a ceded field at creation and never again', () => {
    const want = desired({ type: 'ClusterIP', policy: 'Ignore' }, { ceded: [['spec', 'policy']] });
    const created = planObject(want, undefined, options);
    expect(created).toMatchObject({ object: { spec: { policy: 'Ignore' } } });
    expect(planObject(want, stored(created, ['policy']), options).action).toBe('Unchanged');
  });

  describe('a Deployment that somebody scaled to 0', () => {
    const key = 'apps/Deployment/n/istiod';
    const scaled = { ...options, scaledToZero: new Set([key]) };
    const wanted = (spec: JsonObject): DesiredObject => {
      const metadata = { name: 'istiod', namespace: 'n' };
      const object = owned({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }, 'shop');
      return { object, ceded: [], ownership: 'Ours' };
    };
    const scale = { manager: 'kubectl', operation: 'Update', subresource: 'scale' };
    const live = (spec: JsonObject): KubeObject => {
      const object = stored(planObject(wanted(spec), undefined, options));
      const managedFields = [
        ...(object.metadata.managedFields as JsonObject[]),
        { ...scale, fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      ];
      return { ...object, metadata: { ...object.metadata, managedFields } } as KubeObject;
    };

    test('gets its pod back, which is no part of what is wanted', () => {
      const change = planObject(wanted({ a: 1 }), live({ a: 1 }), scaled);
      expect(change).toMatchObject({
        action: 'Update',
        reason: 'spec.replicas changed by kubectl',
        drift: [{ field: 'spec.replicas', managers: ['kubectl'] }],
        object: { spec: { a: 1, replicas: 1 } },
      });
      expect(planObject(wanted({ a: 1 }), stored(change), options).action).toBe('Unchanged');
    });

    test('gets it back where no field manager holds the number, as after `kubectl scale`', () => {
      const created = stored(planObject(wanted({ a: 1 }), undefined, options));
      const asleep = { ...created, spec: { a: 1, replicas: 0 } };
      expect(planObject(wanted({ a: 1 }), asleep, scaled)).toMatchObject({
        action: 'Update',
        reason: 'spec.replicas set to 0',
        drift: [{ field: 'spec.replicas', managers: [], value: 0 }],
        object: { spec: { a: 1, replicas: 1 } },
      });
      const numbered = { a: 1, replicas: 2 };
      const ours = stored(planObject(wanted(numbered), undefined, options));
      const { managedFields: _, ...metadata } = ours.metadata;
      const entries = [
        { manager: 'isthmus', operation: 'Apply', fieldsV1: { 'f:metadata': {}, 'f:spec': { 'f:a': {} } } },
      ];
      const lost: KubeObject = {
        ...ours,
        metadata: { ...metadata, managedFields: entries },
        spec: { a: 1, replicas: 0 },
      };
      expect(planObject(wanted(numbered), lost, scaled)).toMatchObject({
        action: 'Update',
        reason: 'spec.replicas set to 0',
        object: { spec: numbered },
      });
    });

    test('gets it back with what else is wanted', () => {
      const reason = 'differs from the mesh file';
      expect(planObject(wanted({ a: 2 }), live({ a: 1 }), scaled)).toMatchObject({
        action: 'Update',
        reason,
        object: { spec: { a: 2, replicas: 1 } },
      });
    });

    test('is left at 0 where the mesh leaves to others what they took', () => {
      expect(planObject(wanted({ a: 1 }), live({ a: 1 }), { ...scaled, drift: 'Respect' })).toMatchObject({
        action: 'Unchanged',
        respected: [{ field: 'spec.replicas', managers: ['kubectl'] }],
      });
    });
  });

  test('does not depend on the order of keys', () => {
    const live = stored(planObject(desired({ a: 1, b: 2 }), undefined, options));
    expect(planObject(desired({ b: 2, a: 1 }), live, options).action).toBe('Unchanged');
  });
});

test('what is applied is restored, what is shared is not, and our own definitions are ours whoever wrote them', () => {
  const named = (name: string, annotations: Readonly<Record<string, string>> = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, annotations },
  });
  expect(conflictsFor(undefined)).toBe('Force');
  expect(conflictsFor(named('a', { 'isthmus.dev/applied': 'digest' }))).toBe('Force');
  expect(conflictsFor(named('a'))).toBe('Refuse');
  expect(conflictsFor(named('meshes.isthmus.dev'))).toBe('Force');
  expect(conflictsFor(named('gateways.networking.istio.io'))).toBe('Refuse');
});
