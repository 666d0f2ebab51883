import { expect, test } from 'vitest';
import { shownCluster } from './shown-cluster.ts';

const now = Date.parse('2030-01-01T00:01:00Z');

function paused(annotations: Readonly<Record<string, string>>, reason: string): boolean {
  const condition = { type: 'UpToDate', status: 'True', reason, lastProbeTime: '2030-01-01T00:00:00Z' };
  const metadata = { name: 'east', generation: 2, annotations };
  const object = { apiVersion: 'isthmus.dev/v1alpha1', kind: 'MeshCluster', metadata, spec: { network: 'eu' } };
  const found = shownCluster({ ...object, status: { observedGeneration: 2, conditions: [condition] } }, now);
  expect(found).toMatchObject({ cluster: 'east', network: 'eu', isCurrent: true, conditions: [{ ageSeconds: 60 }] });
  return found.isPaused;
}

test.each([
  ['nothing pauses it', {}, 'Applied', false],
  ['its own annotation, before the operator has seen it', { 'isthmus.dev/paused': 'true' }, 'Applied', true],
  ['an annotation that says no', { 'isthmus.dev/paused': 'false' }, 'Applied', false],
  ['the annotation of the Mesh, which the operator follows', {}, 'Paused', true],
])('a cluster is shown as paused or not: %s', (_, annotations, reason, expected) => {
  expect(paused(annotations, reason)).toBe(expected);
});
