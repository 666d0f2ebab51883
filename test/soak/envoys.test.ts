import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Oracle, startOracle } from '../../lab/src/oracle/oracle.ts';
import { judgeHosts, judgeRequests, judgeServerNames } from '../oracle/envoys.ts';
import { say, soakSeed } from './seed.ts';

const meshes = 40;

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle({ name: 'soak-envoys', clusters: 5 });
  say(`seed ${soakSeed}`);
});
afterAll(async () => {
  await oracle?.[Symbol.asyncDispose]();
});

const seeds = Array.from({ length: meshes }, (_, index) => soakSeed + index);

test('real Envoys hold the hosts that were predicted', async () => {
  expect(await judgeHosts(oracle, seeds)).toEqual([]);
  say(`the hosts of ${meshes} meshes`);
});

test('real Envoys send requests where they were predicted to go', async () => {
  const { routed, split } = await judgeRequests(oracle, seeds);
  expect(routed).toBeGreaterThan(0);
  say(`${routed} requests, ${split} by weight`);
});

test('real istiods let gateways take the server names that were predicted', async () => {
  const names = await judgeServerNames(oracle, seeds);
  expect(names).toBeGreaterThan(0);
  say(`${names} server names`);
});
