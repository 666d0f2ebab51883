import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import { watchPresence, wentAway } from './presence.ts';

const away = new IsthmusError('cluster-unreachable', 'cluster east: cannot reach it', { cluster: 'east' });

/** Looks at a cluster that answers as told; gives the signal after them. */
async function after(answers: readonly ('Answers' | 'Denies' | 'Away')[]): Promise<AbortSignal> {
  const clock = handClock();
  const left = [...answers];
  const client = {
    raw: async () => {
      const next = left.shift();
      if (next === 'Away') throw away;
      if (next === 'Denies') throw new IsthmusError('access-denied', 'no');
      return {};
    },
  };
  using presence = watchPresence({ client, clock, signal: new AbortController().signal });
  for (const _ of answers) {
    clock.advance(10_000);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
  expect(left).toEqual([]);
  return presence.signal;
}

test('a cluster that misses two looks in a row is gone', async () => {
  const signal = await after(['Answers', 'Away', 'Away']);
  expect(signal.reason).toMatchObject({
    code: 'cluster-unreachable',
    cluster: 'east',
    message: 'cluster east: cannot reach it; it went away during the run',
  });
});

test('is reported once for a cluster that is gone', () => {
  const once = wentAway(away);
  expect(once).toMatchObject({ code: 'cluster-unreachable', cluster: 'east', cause: away });
  expect(wentAway(once)).toBe(once);
});

test('one that comes back, or refuses, is there', async () => {
  expect((await after(['Away', 'Answers', 'Away', 'Denies', 'Away'])).aborted).toBe(false);
});

test('nothing is asked after its end, and the caller still aborts', async () => {
  const clock = handClock();
  const ending = new AbortController();
  let asked = 0;
  const raw = async (): Promise<string> => {
    asked += 1;
    return '';
  };
  const presence = watchPresence({ client: { raw }, clock, signal: ending.signal });
  presence[Symbol.dispose]();
  clock.advance(60_000);
  await Promise.resolve();
  expect(asked).toBe(0);
  ending.abort();
  expect(presence.signal.aborted).toBe(true);
});
