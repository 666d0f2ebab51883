import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
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
  await weightsAre(lab, '', { timeoutMs: 120_000 });
  const { answered, failure } = await client.stop();
  say(`killed ${_}: ${answered} requests answered`);
  expect(failure).toBeUndefined();
  expect((await theShift(lab, mesh)).weights).toEqual({});
  endedWith(0, await lab.isthmus.run(['shift', 'abort', service, '-f', mesh]));
  expect(await undoersLeft(lab)).toEqual([]);
});

describe('the services of a namespace', () => {
  const all = ['helloworld', 'greetings'] as const;
  const together = (expires: string, ...more: string[]): string[] => [
    ...['shift', '*.sample', '--selector', 'service=helloworld', '--to', 'east', '--steps', '20,100', '--every', '5s'],
    ...['--expires', expires, '-f', mesh, ...more],
  ];

  /** A Service of the pods of helloworld. */
  async function makeService(cluster: string, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const spec = { selector: { app: 'helloworld' }, ports: [{ name: 'http', port: 5000 }] };
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'sample', labels }, spec };
    await lab.kubectl(cluster, 'apply', '-f', await lab.file(`${name}.json`, JSON.stringify(object)));
  }

  const weights = async (): Promise<unknown> => await Promise.all(all.map((name) => routeWeights(lab, name)));
  const areBack = async (): Promise<void> => {
    for (const name of all) await weightsAre(lab, '', { service: name, timeoutMs: 180_000 });
  };

  beforeAll(async () => {
    for (const { name } of twoClusters) await makeService(name, 'greetings', { service: 'helloworld' });
  });
  afterEach(async () => {
    await lab.isthmus.run(['shift', 'abort', '*.sample', '-f', mesh]);
  });

  test('get the steps together, and no request is lost there and back', async () => {
    // Of one that nobody runs in east nothing is shifted.
    await makeService('west', 'lonely', { service: 'helloworld' });
    const clients = all.map((name) => steadyClient(lab, name));
    const refused = endedWith(5, await lab.isthmus.run(together('10m')));
    expect(refused.stderr).toContain('east has no ready endpoint of lonely.sample.svc.cluster.local');
    expect(await weights()).toEqual([
      ['', ''],
      ['', ''],
    ]);
    await lab.kubectl('west', '-n', 'sample', 'label', 'service', 'lonely', 'service-');
    endedWith(0, await lab.isthmus.run(together('10m')));
    expect(await theShift(lab, mesh)).toMatchObject({
      ...{ service: '*.sample', phase: 'Passed', weights: { west: 0, east: 100 } },
      services: ['greetings.sample', 'helloworld.sample'],
    });
    expect(await weights()).toEqual([
      ['0 100', '0 100'],
      ['0 100', '0 100'],
    ]);
    // One of them is not shifted by itself meanwhile.
    expect(endedWith(5, await lab.isthmus.run(start('10m'))).stderr).toContain('a shift of sample is under way');
    endedWith(0, await lab.isthmus.run(['shift', 'abort', '*.sample', '-f', mesh]));
    await areBack();
    for (const client of clients) {
      const { answered, failure } = await client.stop();
      say(`a namespace there and back: ${answered} requests answered`);
      expect(failure).toBeUndefined();
    }
    expect(await undoersLeft(lab)).toEqual([]);
  });

  test('are paused, go on and are kept together', async () => {
    await lab.kubectl('west', '-n', 'sample', 'delete', 'service', 'lonely', '--ignore-not-found');
    const clients = all.map((name) => steadyClient(lab, name));
    const steer = async (action: string) =>
      endedWith(0, await lab.isthmus.run(['shift', action, '*.sample', '-f', mesh]));
    const whole = ['--to', 'east', '--steps', '20,100', '--every', '8s', '--expires', '10m'];
    const running = lab.isthmus.start(['shift', '*.sample', ...whole, '-f', mesh]);
    await running.said(/step 1: all \d+ sidecars/);
    await steer('pause');
    endedWith(8, await running.result);
    expect(await theShift(lab, mesh, '*.sample')).toMatchObject({
      phase: 'Paused',
      step: 1,
      weights: { west: 80, east: 20 },
    });
    expect(await weights()).toEqual([
      ['80 20', '80 20'],
      ['80 20', '80 20'],
    ]);
    expect(await undoersLeft(lab)).not.toEqual([]);
    expect((await steer('resume')).stdout).toContain('every step is passed');
    await steer('promote');
    expect(await theShift(lab, mesh, '*.sample')).toMatchObject({ phase: 'Promoted', weights: { west: 0, east: 100 } });
    expect(await undoersLeft(lab)).toEqual([]);
    expect(await weights()).toEqual([
      ['0 100', '0 100'],
      ['0 100', '0 100'],
    ]);
    const declared = ['-n', 'sample', 'get', 'meshservices', '-o', 'jsonpath={.items[*].spec.split.east}'];
    expect(await lab.kubectl('west', ...declared)).toBe('100 100');
    for (const client of clients) {
      const { answered, failure } = await client.stop();
      say(`a namespace paused, resumed and kept: ${answered} requests answered`);
      expect(failure).toBeUndefined();
    }
    // The mesh file does not declare them: its apply takes them away.
    endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
    await areBack();
  });

  test('go back together where one of them has no endpoint left', async () => {
    const clients = all.map((name) => steadyClient(lab, name));
    const running = lab.isthmus.start(together('10m'));
    await running.said(/step 1: all \d+ sidecars/);
    const broken = ['-n', 'sample', 'patch', 'service', 'greetings', '-p'];
    await lab.kubectl('east', ...broken, '{"spec":{"selector":{"version":"none"}}}');
    const ended = endedWith(7, await running.result);
    expect(ended.stdout + ended.stderr).toContain('greetings: no endpoint of the target is healthy');
    await areBack();
    await lab.kubectl('east', ...broken, '{"spec":{"selector":{"version":null}}}');
    for (const client of clients) await client.stop();
    expect(await undoersLeft(lab)).toEqual([]);
  });

  test('are undone by their expiry where the process is killed', async () => {
    const clients = all.map((name) => steadyClient(lab, name));
    const running = lab.isthmus.start(together('90s'));
    await running.said(/step 1: .* written/);
    running.kill('SIGKILL');
    await running.result;
    expect(await weights()).toEqual([
      ['80 20', '80 20'],
      ['80 20', '80 20'],
    ]);
    await areBack();
    for (const client of clients) expect(await client.stop()).toMatchObject({ failure: undefined });
    endedWith(0, await lab.isthmus.run(['shift', 'abort', '*.sample', '-f', mesh]));
    expect(await undoersLeft(lab)).toEqual([]);
  });
});
