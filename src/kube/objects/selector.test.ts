import { expect, test } from 'vitest';
import { matchesFields, matchesLabels } from './selector.ts';

test.each([
  ['', true],
  ['a=1', true],
  ['a==1,b=2', true],
  ['a=1,b=3', false],
  ['a!=2', true],
  ['absent!=2', true],
  ['a', true],
  ['!a', false],
  ['!absent', true],
  ['a in (0, 1),b=2', true],
  ['a notin (0,1)', false],
  ['absent notin (x)', true],
  ['absent in (x)', false],
])('labels a=1, b=2 and the selector %s: %s', (selector, matches) => {
  expect(matchesLabels(selector, { a: '1', b: '2' })).toBe(matches);
});

test('fields are read by path', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, status: { phase: 'Running' } };
  expect(matchesFields('metadata.name=a,status.phase!=Failed', pod)).toBe(true);
  expect(matchesFields('metadata.name=b', pod)).toBe(false);
});
