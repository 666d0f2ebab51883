import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alternating, median, medianByName, quantile } from './statistics.ts';

describe('median', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 2, 4, 100], 7],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('has as many values on either side', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        expect(below).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  test('of nothing is refused', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

test('medianByName takes each name from the sets that have it, in the order of the first', () => {
  const sets = [new Map([['a', 1]]), new Map(Object.entries({ a: 3, b: 8 })), new Map([['a', 2]])];
  expect([...medianByName(sets)]).toEqual([
    ['a', 2],
    ['b', 8],
  ]);
});

test('alternating turns every other round about', () => {
  expect(alternating(['a', 'b', 'c'], 3).join('')).toBe('abccbaabc');
});

describe('quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test.each([
    [hundred, 0.5, 50],
    [hundred, 0.99, 99],
    [hundred, 1, 100],
    [[7], 0.99, 7],
  ])('%# is the smallest value that the share does not exceed', (values, share, expected) => {
    expect(quantile(values, share)).toBe(expected);
  });

  test('of nothing is an error', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});
