import type { Clock } from '../../base/clock.ts';

/** A time limit that also follows the caller's signals. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True where the time limit ended it, not the caller. */
  expired(): boolean;
}

/** Aborts `signal` after `ms` milliseconds of `clock` or with the first of `signals`; disposing stops the timer. */
export function startDeadline(clock: Clock, ms: number, signals: readonly (AbortSignal | undefined)[]): Deadline {
  const timer = new AbortController();
  const done = new AbortController();
  const followed = signals.filter((signal) => signal !== undefined);
  clock.sleep(ms, done.signal).then(
    () => timer.abort(new DOMException('the time limit has passed', 'TimeoutError')),
    () => undefined,
  );
  return {
    signal: AbortSignal.any([timer.signal, ...followed]),
    expired: () => timer.signal.aborted && !followed.some((signal) => signal.aborted),
    // Without a reason the platform would make an error with a stack, for every request.
    [Symbol.dispose]: () => done.abort('disposed'),
  };
}
