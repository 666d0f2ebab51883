import { expect, test } from 'vitest';
import { createServerClock } from './server-clock.ts';

const hourMs = 3_600_000;

function scene() {
  const start = Date.parse('2030-01-01T00:00:00Z');
  const time = { passed: 0, shift: 0 };
  const server = createServerClock({ now: () => start + time.passed + time.shift, monotonic: () => time.passed });
  const answered = (lateMs = 0): number | undefined => {
    server.note(new Date(start + time.passed - lateMs).toUTCString());
    return server.lagMs();
  };
  return { time, server, answered };
}

test('the answer that came fastest tells the time', () => {
  const { time, server, answered } = scene();
  server.note(undefined);
  expect(server.lagMs()).toBeUndefined();
  expect(answered(3_000)).toBe(3_000);
  time.passed += 60_000;
  expect(answered(1_000)).toBe(1_000);
  expect(answered(2_000)).toBe(1_000);
});

test.each([hourMs, -hourMs])('it is known at once where the clock of this machine is set by %i ms', (shift) => {
  const { time, server, answered } = scene();
  expect(answered()).toBe(0);
  time.shift = shift;
  expect(server.lagMs()).toBe(shift);
  time.passed += 60_000;
  expect(answered()).toBe(shift);
  time.shift = 0;
  expect(server.lagMs()).toBe(0);
});

test('a server whose clock was set back is believed', () => {
  const { answered } = scene();
  expect(answered()).toBe(0);
  expect(answered(hourMs)).toBe(hourMs);
});
