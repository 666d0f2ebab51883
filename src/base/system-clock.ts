import type { Clock } from './clock.ts';

/** A timer with a longer time would end at once (Node.js, timers: setTimeout), and servers may ask for any time. */
const longestMs = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    // The platform's own promise makes an error with a stack at every abort, and every request ends its timer by one.
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(ms, longestMs),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
