import { expect, test } from 'vitest';
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
  const objects = parseManifests(stream, 'istioctl');
  expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap', 'ServiceAccount']);
  expect(objects[0]?.data).toEqual({ config: 'first\n---\nsecond' });
});

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: sidecars.networking.istio.io
`;

test('a definition is parsed once, and is the same object again', () => {
  const [, , first] = parseManifests(`${stream}---\n${definition}`, 'istioctl');
  const [, , again] = parseManifests(`${stream}---\n${definition}---\n`, 'helm');
  if (first === undefined) throw new Error('the definition is missing');
  expect(again).toBe(first);
  const [kept] = objectsOf(linesOf([first]));
  expect(kept).toEqual(first);
  expect(objectsOf(linesOf([first]))[0]).toBe(kept);
});

test.each([
  ['no YAML', 'kind: [\n'],
  ['no object', 'hello\n---\n'],
])('%s is refused', (_, text) => {
  expect(() => parseManifests(text, 'istioctl')).toThrow(expect.objectContaining({ code: 'istioctl-failed' }));
});

test('nothing is nothing', () => {
  expect(parseManifests('\n---\n\n', 'istioctl')).toEqual([]);
});

test('what is kept comes back', () => {
  const objects = parseManifests(stream, 'istioctl');
  expect(objectsOf(linesOf(objects))).toEqual(objects);
  expect(objectsOf(linesOf([]))).toEqual([]);
});
