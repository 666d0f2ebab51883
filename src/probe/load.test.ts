import { expect, test } from 'vitest';
import { runLoad } from './load.ts';
import { parseLoadLines } from './load-protocol.ts';
import { virtualClock } from './virtual-clock.ts';
import type { Wire, WireRequest } from './wire.ts';

async function load(answer: (request: WireRequest, at: number) => ReturnType<Wire['get']>, perSecond = 20) {
  const clock = virtualClock(0);
  const lines: string[] = [];
  const wire: Pick<Wire, 'get'> = {
    get: async (request) => {
      if (request.path.startsWith('/healthz') || request.port === 15021 || request.port === 15020)
        return { status: 200, body: '' };
      return await answer(request, clock.monotonic());
    },
  };
  const plan = { cluster: 'west', service: 'all', port: 80, perSecond, lifetimeSeconds: 3 };
  const { signal } = new AbortController();
  await runLoad({ plan, clock, wire, write: (line) => lines.push(line), signal });
  return { spans: parseLoadLines(lines.join('\n')), clock };
}

const from = (cluster: string) => ({
  status: 200,
  body: JSON.stringify({ cluster, pod: 'p', clientCertificate: null }),
});

test('so many requests a second are sent, and counted by who answered', async () => {
  const { spans } = await load(async () => from('east'));
  expect(spans).toHaveLength(12);
  expect(spans.every(({ sent, answers, failed }) => sent === 5 && answers.east === 5 && failed === 0)).toBe(true);
});

test('a rate that is no multiple of the spans is kept over all of them', async () => {
  const { spans } = await load(async () => from('east'), 7);
  expect(spans.reduce((sum, { sent }) => sum + sent, 0)).toBe(21);
});

test('what is not answered fails, with the reason of the first', async () => {
  const { spans } = await load(async (_, at) =>
    at < 1_000 ? from('west') : { status: 503, body: 'no healthy upstream' },
  );
  const last = spans.at(-1);
  expect(last).toMatchObject({ failed: 5, answers: {}, failure: '503 no healthy upstream' });
  expect(spans.some(({ answers }) => (answers.west ?? 0) > 0)).toBe(true);
});

test('a slow answer counts where its request was due, and thins nothing out', async () => {
  let held = 0;
  const { spans } = await load(async () => {
    held += 1;
    if (held > 10) throw new Error('no answer within 2000 ms');
    return from('west');
  });
  expect(spans.every(({ sent }) => sent === 5)).toBe(true);
  expect(spans.at(-1)?.failure).toBe('no answer within 2000 ms');
});
