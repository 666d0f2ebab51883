import type { Clock } from '../../base/clock.ts';

/** A clock for tests that also wait for the network: short sleeps pass at once, long ones only when time is moved on. */
export interface HandClock extends Clock {
  /** The sleeps that were asked for and passed at once, in milliseconds. */
  readonly slept: readonly number[];
  /** Moves time on and ends the sleeps that are over by then. */
  advance(ms: number): void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** `instantUpTo`: sleeps of so many milliseconds or less pass at once and move time on; default none. */
export function handClock({ instantUpTo = -1 }: { readonly instantUpTo?: number } = {}): HandClock {
  const start = Date.parse('2030-01-01T00:00:00Z');
  const slept: number[] = [];
  const sleepers = new Set<Sleeper>();
  let elapsed = 0;
  const advance = (ms: number): void => {
    elapsed += ms;
    for (const sleeper of [...sleepers].sort((a, b) => a.at - b.at)) {
      if (sleeper.at <= elapsed && sleepers.delete(sleeper)) sleeper.wake();
    }
  };
  return {
    slept,
    advance,
    now: () => start + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        if (ms <= instantUpTo) {
          slept.push(ms);
          advance(ms);
          return resolve();
        }
        const sleeper: Sleeper = { at: elapsed + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
  };
}
