/** Time as a parameter: tests pass a clock they move by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch, for dates that are shown or stored. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go back, for durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The time of a clock in RFC 3339, as evidence and reports carry it. */
export function timeOf(clock: Pick<Clock, 'now'>): string {
  return new Date(clock.now()).toISOString();
}
