import type { Clock } from '../../base/clock.ts';

/** Requests in flight to one API server: where a client starts and how far it may go. */
export interface Limits {
  readonly start: number;
  readonly max: number;
}

export const defaultLimits: Limits = { start: 16, max: 48 };

/** After a halving, further overload answers of requests that were already under way do not halve again for this long. */
const settleMs = 1_000;

export interface Limiter extends Disposable {
  /** Resolves when a request may be sent; each `enter` needs one `leave`. Rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<void>;
  leave(): void;
  /** One answer that shows the server has room; called before `leave`. */
  succeeded(): void;
  /** The server (or a load balancer before it) is overloaded; `pauseMs` is its Retry-After. */
  overloaded(pauseMs?: number): void;
  /** The present limit. */
  limit(): number;
}

interface Waiter {
  readonly admit: () => void;
}

/** Until the first overload the limit grows by one for so many successes; afterwards for a full round of them. */
const eagerRound = 2;

/**
 * Additive increase, multiplicative decrease: one more in flight for every round of successes at the limit, half after
 * an overload. An admin's requests are exempt from the API server's own flow control, so this is all that restrains us.
 */
export function createLimiter(clock: Clock, limits: Limits = defaultLimits): Limiter {
  let limit = limits.start;
  let inFlight = 0;
  let credit = 0;
  let halvedAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  const queue: Waiter[] = [];
  const closed = new AbortController();

  const admit = (): void => {
    while (queue.length > 0 && inFlight < limit && clock.monotonic() >= pausedUntil) {
      inFlight += 1;
      queue.shift()?.admit();
    }
  };

  /** A timer may end a moment early by the other clock: then the rest is waited for, or nobody would be admitted again. */
  const resume = (): void => {
    const restMs = pausedUntil - clock.monotonic();
    if (restMs <= 0) admit();
    else clock.sleep(restMs, closed.signal).then(resume, () => undefined);
  };

  return {
    enter(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const onAbort = (): void => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(signal.reason);
        };
        const waiting: Waiter = {
          admit: () => {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        queue.push(waiting);
        admit();
      });
    },
    leave() {
      inFlight -= 1;
      admit();
    },
    succeeded() {
      if (inFlight < limit) return;
      credit += 1;
      if (credit < (halvedAt === Number.NEGATIVE_INFINITY ? eagerRound : limit)) return;
      credit = 0;
      limit = Math.min(limits.max, limit + 1);
    },
    overloaded(pauseMs) {
      const now = clock.monotonic();
      credit = 0;
      if (now - halvedAt >= settleMs) {
        limit = Math.max(1, Math.floor(limit / 2));
        halvedAt = now;
      }
      if (pauseMs === undefined) return;
      pausedUntil = Math.max(pausedUntil, now + pauseMs);
      resume();
    },
    limit: () => limit,
    [Symbol.dispose]: () => closed.abort(),
  };
}
