import { expect, test } from 'vitest';
import { refKey, refOf } from '../../src/objects/object.ts';
import { mixture } from './mixture.ts';

test('the mixture has as many different objects as asked for, of nine kinds, and is the same each time', () => {
  const objects = mixture(1000);
  expect(new Set(objects.map((object) => refKey(refOf(object)))).size).toBe(1000);
  expect(new Set(objects.map(({ kind }) => kind)).size).toBe(9);
  expect(mixture(1000)).toEqual(objects);
  expect(mixture(100)).toHaveLength(100);
});
