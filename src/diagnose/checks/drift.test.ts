import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import type { ClusterDrift, DriftedObject } from '../facts/drift.ts';
import { driftFindings } from './drift.ts';

const at = '2026-11-21T00:00:00.000Z';
const drifted = (what: DriftedObject['what'], fields: DriftedObject['fields'] = []): DriftedObject => ({
  object: 'Service istio-system/gateway',
  what,
  fields,
});
const compared = (...objects: readonly DriftedObject[]): ClusterDrift => ({ state: 'Compared', objects, services: [] });
const messages = (drift: ClusterDrift | undefined): readonly string[] =>
  driftFindings('west', drift, { at }).map(({ message }) => message);

test('nothing compared and nothing different have no finding', () => {
  expect(messages(undefined)).toEqual([]);
  expect(messages(compared())).toEqual([]);
});

test('an object is named with its fields and who changed them', () => {
  const fields = [
    { field: 'spec.type', managers: ['kubectl-edit'] },
    { field: 'spec.ports[http]', managers: [] },
  ];
  const all = [
    drifted('Changed', fields),
    drifted('Changed'),
    drifted('Missing'),
    drifted('Unwanted'),
    drifted('Foreign'),
  ];
  expect(messages(compared(...all))).toEqual([
    'Service istio-system/gateway: spec.type changed by kubectl-edit; spec.ports[http] removed',
    'Service istio-system/gateway: it differs from the mesh file',
    'Service istio-system/gateway: it does not exist',
    'Service istio-system/gateway: it is no longer in the mesh file',
    'Service istio-system/gateway: it belongs to someone else',
  ]);
});

test('of many objects the first are named and the others counted', () => {
  const many = messages(compared(...Array.from({ length: 55 }, () => drifted('Missing'))));
  expect(many).toHaveLength(13);
  expect(many.at(-1)).toBe('43 more objects are not as declared');
});

test('what could not be compared is unknown, and what was compared and does not fit is not', () => {
  const unread = (error: IsthmusError) => driftFindings('west', { state: 'Unread', error }, { at });
  expect(unread(new IsthmusError('access-denied', 'cluster west: ann may not list secrets'))).toMatchObject([
    { confidence: 'Unknown', message: 'whether it is as declared is unknown: ann may not list secrets' },
  ]);
  const [known] = unread(new IsthmusError('trust-invalid', 'certificates of another root\n  west: cacerts'));
  expect(known).toMatchObject({ severity: 'error', message: 'it is not as declared: certificates of another root' });
  expect(known).not.toHaveProperty('confidence');
});
