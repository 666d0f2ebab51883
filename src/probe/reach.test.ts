import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { handClock } from '../kube/testing/hand-clock.ts';
import { type Open, parseReachLines, parseReachPlan, runReach } from './reach.ts';

async function run(open?: Open, server = 'https://api.example'): Promise<ReturnType<typeof parseReachLines>> {
  const written: string[] = [];
  await runReach({
    plan: { targets: [{ cluster: 'apac', server }] },
    clock: handClock({ instantUpTo: 1_000 }),
    write: (line) => written.push(line),
    signal: new AbortController().signal,
    ...(open === undefined ? {} : { open }),
  });
  return parseReachLines(['not json', ...written, ''].join('\n'));
}

test('a way that opens at the third try is a way', async () => {
  let tries = 0;
  const open: Open = () => {
    tries += 1;
    const outcome = tries < 3 ? 'NotReached' : 'Reached';
    return Promise.resolve({ outcome, detail: `try ${tries}` });
  };
  expect(await run(open)).toEqual([{ type: 'reach', cluster: 'apac', outcome: 'Reached', detail: 'try 3' }]);
});

test('one that never opens is reported with the last reason', async () => {
  expect(await run(() => Promise.resolve({ outcome: 'NotReached', detail: 'refused' }))).toMatchObject([
    { outcome: 'NotReached', detail: 'refused' },
  ]);
});

test('a port that nobody listens on is refused for real', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  const port = await new Promise<number>((resolve) => {
    server.once('listening', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  const [line] = await run(undefined, `https://127.0.0.1:${port}`);
  expect(line).toMatchObject({ outcome: 'NotReached', detail: 'the connection was refused' });
});

test('without a plan, or with a broken one, it says what runs it', () => {
  for (const text of [undefined, '', '{', '{}']) {
    expect(() => parseReachPlan(text)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: 'ISTHMUS_PROBE_PLAN holds no plan for this probe',
        remedy: expect.arrayContaining([{ do: 'Run', operation: 'join', subject: 'CLUSTER' }]),
      }),
    );
  }
});
