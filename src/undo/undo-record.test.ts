import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { appliedAnnotation, fieldManager } from '../objects/ownership.ts';
import { faultActOf, parseUndo, type UndoEntry, type UndoFault, undoActOf, undoText } from './undo-record.ts';

const ref = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  namespace: 'istio-system',
  name: 'isthmus-sample-reviews',
};

function rule(digest: string, more: object = {}): KubeObject {
  const { apiVersion, kind, name, namespace } = ref;
  const annotations = { [appliedAnnotation]: digest };
  return { apiVersion, kind, metadata: { name, namespace, annotations, uid: 'u1', resourceVersion: '7', ...more } };
}

const entry: UndoEntry = { ref, before: rule('old'), written: ['step1', 'step2'] };

test('what a step wrote is put back as it was, or taken away where there was nothing', () => {
  expect(undoActOf(entry, rule('step2'))).toMatchObject({
    act: 'Apply',
    object: { metadata: { resourceVersion: '7', annotations: { [appliedAnnotation]: 'old' } } },
  });
  expect(undoActOf({ ...entry, before: null }, rule('step1'))).toEqual({
    act: 'Delete',
    ref,
    uid: 'u1',
    resourceVersion: '7',
  });
});

test('what is as before already is not written', () => {
  expect(undoActOf(entry, rule('old'))).toEqual({ act: 'None' });
  expect(undoActOf({ ...entry, before: null }, undefined)).toEqual({ act: 'None' });
});

test('what another changed, applied or deleted is left and named', () => {
  const byOthers = {
    managedFields: [
      { manager: fieldManager, operation: 'Apply', fieldsV1: { 'f:spec': {} } },
      { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:http': {} } } },
    ],
  };
  expect(undoActOf(entry, rule('step1', byOthers))).toMatchObject({
    act: 'Leave',
    why: expect.stringMatching(/isthmus-sample-reviews was changed meanwhile: kubectl-edit/),
  });
  expect(undoActOf(entry, rule('another'))).toMatchObject({ act: 'Leave' });
  expect(undoActOf(entry, rule('step1', { annotations: {} }))).toMatchObject({ act: 'Leave' });
  expect(undoActOf(entry, undefined)).toMatchObject({ act: 'Leave', why: expect.stringContaining('was deleted') });
});

test('the status that istiod writes is no change of another', () => {
  const status = { managedFields: [{ manager: 'istiod', operation: 'Update', fieldsV1: { 'f:status': {} } }] };
  expect(undoActOf(entry, rule('step1', status))).toMatchObject({ act: 'Apply' });
});

const fault: UndoFault = {
  ref: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'reviews' },
  set: { spec: { selector: { 'isthmus.dev/drill': 'broken' } } },
  restore: { spec: { selector: { 'isthmus.dev/drill': null } } },
};

function service(selector: Readonly<Record<string, string>>): KubeObject {
  const metadata = { name: 'reviews', namespace: 'shop', resourceVersion: '9' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector } };
}

test('what holds the fault is brought back, unless it was changed since it was read', () => {
  expect(faultActOf(fault, service({ app: 'reviews', 'isthmus.dev/drill': 'broken' }))).toEqual({
    act: 'Patch',
    patch: { spec: { selector: { 'isthmus.dev/drill': null } }, metadata: { resourceVersion: '9' } },
  });
});

test('what holds it no longer is left as it is', () => {
  expect(faultActOf(fault, service({ app: 'reviews' }))).toEqual({ act: 'None' });
  expect(faultActOf(fault, service({ app: 'reviews', 'isthmus.dev/drill': 'other' }))).toEqual({ act: 'None' });
  expect(faultActOf(fault, undefined)).toEqual({ act: 'Leave', why: 'Service shop/reviews was deleted meanwhile' });
});

test('a record is read as it was written, and nothing else is', () => {
  const record = {
    version: 1 as const,
    mesh: 'shop',
    subject: 'reviews.sample',
    expiresAt: '2030-01-01T02:00:00Z',
    entries: [entry],
    faults: [],
  };
  const metadata = { name: 'isthmus-undo-sample-reviews', namespace: 'istio-system' };
  const map = (text: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'undo.json': text },
  });
  expect(parseUndo(map(undoText(record)))).toEqual(record);
  expect(() => parseUndo(map('{"version":2}'))).toThrow('is no record of an undo');
});
