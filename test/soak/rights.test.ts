import { afterAll, beforeAll, test } from 'vitest';
import { type OneCluster, startOneCluster } from '../support/one-cluster.ts';
import { missOneByOne, needed, rightsNamespaces } from '../support/rights.ts';
import { say } from './seed.ts';

let one: OneCluster;
beforeAll(async () => {
  one = await startOneCluster('soak-rights');
  for (const name of rightsNamespaces) {
    await one.direct.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
});
afterAll(async () => {
  await one?.[Symbol.asyncDispose]();
});

test('whichever right is missing is the one that is named before anything is written', async () => {
  await missOneByOne(one, needed);
  say(`${needed.length} rights`);
});
