import { expect, test } from 'vitest';
import { partition } from './partition.ts';

test('items keep their order on both sides', () => {
  expect(partition([5, 2, 4, 1], (number) => number > 2)).toEqual([
    [5, 4],
    [2, 1],
  ]);
  expect(partition([], () => true)).toEqual([[], []]);
});
