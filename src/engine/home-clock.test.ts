import { expect, test } from 'vitest';
import { handClock } from '../kube/testing/hand-clock.ts';
import { createServerClock } from '../kube/transport/server-clock.ts';
import { homeClock } from './home-clock.ts';

const hourMs = 3_600_000;

test('a process whose clock is wrong, and is set while it runs, goes by the time of the home cluster', () => {
  const right = handClock();
  const own = { shift: -hourMs };
  const wrong = { ...right, now: () => right.now() + own.shift };
  const server = createServerClock(wrong);
  const clock = homeClock({ clockLagMs: server.lagMs }, wrong);
  expect(clock.now()).toBe(wrong.now());
  server.note(new Date(right.now()).toUTCString());
  expect(clock.now()).toBe(right.now());
  for (const shift of [hourMs, 0]) {
    own.shift = shift;
    right.advance(1_000);
    expect(clock.now()).toBe(right.now());
    expect(clock.monotonic()).toBe(right.monotonic());
  }
});
