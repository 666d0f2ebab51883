import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { deployHelloworld } from '../support/helloworld.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { routeWeights, theShift, undoersLeft, weightsAre } from '../support/shifts.ts';
import { steadyClient } from '../support/steady-client.ts';
import { say } from './seed.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');
const service = 'helloworld.sample';

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-shift', clusters: twoClusters });
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  await deployHelloworld(lab);
});
// One that failed leaves no shift to the next.
afterEach(async () => {
  await lab.isthmus.run(['shift', 'abort', service, '-f', mesh]);
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

const start = (expires: string): string[] => [
  ...['shift', service, '--to', 'east', '--steps', '20,60,100', '--every', '3s', '--expires', expires, '-f', mesh],
];

/** Waits until the time of the shift is over; where nothing was written, the weights do not tell. */
async function isOver(): Promise<void> {
  await eventually(
    async () => {
      const { phase } = await theShift(lab, mesh);
      return phase === 'Expired' ? undefined : phase;
    },
    { timeoutMs: 120_000 },
  );
}

/** What the process has said when it is killed. */
const moments: readonly (readonly [name: string, said: RegExp, weights: string])[] = [
  ['before it writes', /the old weights return at .*\n.*the old weights return at/, ''],
  ['in step 1', /step 1: .* written/, '80 20'],
  ['when step 1 is everywhere', /step 1: all \d+ sidecars/, '80 20'],
  ['in step 2', /step 2: .* written/, '40 60'],
  ['when step 2 is everywhere', /step 2: all \d+ sidecars/, '40 60'],
  ['in step 3', /step 3: .* written/, '0 100'],
  ['when its steps are passed', /Passed: /, '0 100'],
];

test.each(moments)('killed %s it is undone by its expiry, in every cluster', async (_, said, weights) => {
  const client = steadyClient(lab);
  const running = lab.isthmus.start(start('90s'));
  await running.said(said);
  running.kill('SIGKILL');
  await running.result;
  if (weights !== '') expect(await routeWeights(lab)).toEqual([weights, weights]);
  await isOver();
  await weightsAre(lab, '', 120_000);
  const { answered, failure } = await client.stop();
  say(`killed ${_}: ${answered} requests answered`);
  expect(failure).toBeUndefined();
  expect((await theShift(lab, mesh)).weights).toEqual({});
  endedWith(0, await lab.isthmus.run(['shift', 'abort', service, '-f', mesh]));
  expect(await undoersLeft(lab)).toEqual([]);
});
