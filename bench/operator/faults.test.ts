import { expect, test } from 'vitest';
import { conditionReasons } from '../../src/api/mesh-cluster-status.ts';
import { faults } from './faults.ts';

test('twelve faults, each with reasons that a condition can have', () => {
  expect(faults).toHaveLength(12);
  expect(new Set(faults.map(({ name }) => name)).size).toBe(12);
  const known = Object.keys(conditionReasons);
  for (const { reasons } of faults) expect(known).toEqual(expect.arrayContaining([...reasons]));
});
