import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Oracle, startOracle } from '../../lab/src/oracle/oracle.ts';
import { type Answer, askEnvoy, judgeHosts, judgeRequests, judgeServerNames } from '../oracle/envoys.ts';
import { generateCase } from '../oracle/generate.ts';
import { judge } from '../oracle/judge.ts';
import { survivesRenewal } from '../oracle/renewal.ts';

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

test('real istiods keep clusters whose tokens change or that others leave', async () => {
  await survivesRenewal(oracle);
});

test('real Envoys hold the hosts that were predicted, with their weights, priorities, localities and health', async () => {
  expect(await judgeHosts(oracle, [3, 20, 102])).toEqual([]);
});

test('real Envoys send requests where they were predicted to go, in the same shares', async () => {
  const { routed, split } = await judgeRequests(oracle, [3, 5, 6, 8]);
  expect(routed).toBeGreaterThan(50);
  expect(split).toBeGreaterThan(0);
});

test('real istiods let gateways take the server names that were predicted, with several Gateways on a port', async () => {
  expect(await judgeServerNames(oracle, [1, 2, 3, 4])).toBeGreaterThan(20);
});

test('a new Envoy has no endpoints of any service where one endpoint has no address', async () => {
  const { snapshot, askings } = generateCase(2);
  const [first] = askings;
  if (first === undefined) throw new Error('nobody asks');
  expect((await judge(oracle, { snapshot, askings: [first] })).disagreements).toEqual([]);
  const asked = await askEnvoy(oracle, snapshot, first);
  const isRefused = ({ excluded }: Answer): boolean => excluded.some(({ reason }) => reason === 'envoy-refused');
  expect(asked.some((one) => isRefused(one.answer) && one.both.predicted.length === 0)).toBe(true);
  expect(asked.flatMap((one) => one.both.predicted)).toEqual([]);
  expect(asked.flatMap((one) => one.both.actual)).toEqual([]);
});
