import { expect, test } from 'vitest';
import { remember } from './memo.ts';

test('a value is made once for each key', () => {
  const made: string[] = [];
  const values = new Map<string, number>();
  const of = (key: string): number => remember(values, key, () => made.push(key));
  expect([of('a'), of('b'), of('a')]).toEqual([1, 2, 1]);
  expect(made).toEqual(['a', 'b']);
});
