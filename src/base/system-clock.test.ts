import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from './system-clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a sleep that is aborted, or was before it began, rejects with the reason of the signal', async () => {
  const ending = new AbortController();
  const sleeping = systemClock.sleep(60_000, ending.signal);
  const reason = new Error('enough');
  ending.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(systemClock.sleep(60_000, ending.signal)).rejects.toBe(reason);
});

test('a sleep that is not aborted ends by itself', async () => {
  await expect(systemClock.sleep(1)).resolves.toBeUndefined();
});

test('a sleep of a thousand years does not end at once', async () => {
  vi.useFakeTimers();
  let ended = false;
  void systemClock.sleep(3e13).then(() => {
    ended = true;
  });
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(ended).toBe(false);
});
