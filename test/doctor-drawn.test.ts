import { expect, test } from 'vitest';
import { drawnPairs } from './support/doctor/drawn-pairs.ts';

const namesOf = (seed: number): readonly string[] =>
  [drawnPairs(seed).first, drawnPairs(seed).second].flat().map(({ name }) => name);

test('a seed draws forty pairs for the two families, the same each time and not those of another seed', () => {
  expect(namesOf(1)).toHaveLength(40);
  expect(drawnPairs(1).first).toHaveLength(20);
  expect(namesOf(1)).toEqual(namesOf(1));
  expect(namesOf(2)).not.toEqual(namesOf(1));
});

test('each pair is a fault in either cluster, with a cause for each', () => {
  for (const { name, causes } of drawnPairs(1).first) {
    expect(name).toMatch(/^west: .+; east: /);
    expect(causes.length).toBeGreaterThanOrEqual(2);
  }
});
