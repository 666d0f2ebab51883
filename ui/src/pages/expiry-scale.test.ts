import { expect, test } from 'vitest';
import { marks, placeOf } from './expiry-scale.ts';

test('each mark ends a part of the same width', () => {
  expect(marks.map(({ days }) => Math.round(placeOf(days)))).toEqual([17, 33, 50, 67, 83, 100]);
});

test('what ends later stands further, and nothing leaves the line', () => {
  const places = [-5, 0, 0.5, 1, 6, 7, 20, 89, 91, 364, 1000, 3650, 10_000].map(placeOf);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect([places[0], places[1], places.at(-1)]).toEqual([0, 0, 100]);
});
