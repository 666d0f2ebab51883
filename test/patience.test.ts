import { expect, test } from 'vitest';
import { stretched } from './support/patience.ts';

test('a limit grows with the programs that want each processor, and not without end', () => {
  const limits = [0.3, 2, 8, 40].map((load) => stretched(10_000, load, 2));
  expect(limits).toEqual([10_000, 10_000, 40_000, 50_000]);
});
