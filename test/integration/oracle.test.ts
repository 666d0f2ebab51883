import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Oracle, startOracle } from '../../lab/src/oracle/oracle.ts';
import { generateCase } from '../oracle/generate.ts';
import { judge } from '../oracle/judge.ts';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle({ name: 'oracle', clusters: 5 });
});
afterAll(async () => {
  await oracle?.[Symbol.asyncDispose]();
});

test('real istiods answer hundreds of random questions as predicted', async () => {
  let asked = 0;
  for (let seed = 1; asked < 300; seed += 1) {
    const one = generateCase(seed);
    const { disagreements, tally } = await judge(oracle, one);
    expect(disagreements.map(({ query, difference }) => ({ seed, query, difference }))).toEqual([]);
    asked += tally.asked;
  }
  expect(asked).toBeGreaterThanOrEqual(300);
});
