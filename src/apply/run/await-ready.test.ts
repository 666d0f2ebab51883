import { expect, test } from 'vitest';
import { createFake } from '../../kube/testing/fake.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import { poll } from './await-ready.ts';

test('a wait that goes on says every ten seconds for how long and why, and then that it is over', async () => {
  const clock = handClock({ instantUpTo: 100 });
  const said: string[] = [];
  const wait = {
    client: createFake(),
    clock,
    signal: new AbortController().signal,
    deadline: 60_000,
    onWait: (what: string) => said.push(what),
    onReached: (what: string, afterMs: number) => said.push(`${what} after ${afterMs} ms`),
  };
  await poll(wait, 'the webhook answers', async () => (clock.monotonic() < 25_000 ? 'it refuses connections' : ''));
  expect(said).toEqual([
    'the webhook answers',
    'the webhook answers, for 10 s: it refuses connections',
    'the webhook answers, for 20 s: it refuses connections',
    'the webhook answers after 25000 ms',
  ]);
});
