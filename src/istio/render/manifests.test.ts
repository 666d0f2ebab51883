import { expect, test } from 'vitest';
import type { KubeObject } from '../../objects/object.ts';
import { linesOf, objectsOf, parseManifests } from './manifests.ts';

const stream = `apiVersion: v1
kind: ConfigMap
metadata:
  name: mesh
data:
  config: |-
    first
    ---
    second

---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: istiod

---
`;

test('a separator inside a text is part of the text', () => {
  const objects = parseManifests(stream, { known: new Map(), program: 'istioctl' });
  expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap', 'ServiceAccount']);
  expect(objects[0]?.data).toEqual({ config: 'first\n---\nsecond' });
});

test('a document that is known is not parsed again', () => {
  const known = new Map<string, KubeObject>();
  const first = parseManifests(stream, { known, program: 'istioctl' });
  expect(parseManifests(stream, { known, program: 'istioctl' })[0]).toBe(first[0]);
});

test.each([
  ['no YAML', 'kind: [\n'],
  ['no object', 'hello\n---\n'],
])('%s is refused', (_, text) => {
  expect(() => parseManifests(text, { known: new Map(), program: 'istioctl' })).toThrow(
    expect.objectContaining({ code: 'istioctl-failed' }),
  );
});

test('nothing is nothing', () => {
  expect(parseManifests('\n---\n\n', { known: new Map(), program: 'istioctl' })).toEqual([]);
});

test('what is kept is the same objects again, and equal ones are one', () => {
  const objects = parseManifests(stream, { known: new Map(), program: 'istioctl' });
  const known = new Map<string, KubeObject>();
  const first = objectsOf(linesOf(objects), known);
  expect(first).toEqual(objects);
  expect(objectsOf(linesOf(objects), known)[0]).toBe(first[0]);
  expect(objectsOf(linesOf([]), known)).toEqual([]);
});
