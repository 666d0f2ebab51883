import type { Clock } from '../base/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * A clock for tests: when everything waits, time jumps to the end of the shortest sleep.
 * Use it where nothing waits for the network or the disk.
 */
export function virtualClock(start = Date.parse('2030-01-01T00:00:00Z')): Clock {
  let now = 0;
  let pumping = false;
  const sleepers: Sleeper[] = [];
  const pump = (): void => {
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    pumping = next !== undefined;
    if (next === undefined) return;
    now = Math.max(now, next.at);
    next.wake();
    setImmediate(pump);
  };
  return {
    now: () => start + now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        const sleeper: Sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          const index = sleepers.indexOf(sleeper);
          if (index >= 0) sleepers.splice(index, 1);
          reject(signal.reason);
        });
        if (!pumping) setImmediate(pump);
        pumping = true;
      }),
  };
}
