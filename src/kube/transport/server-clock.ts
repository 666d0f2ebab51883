import type { Clock } from '../../base/clock.ts';

/** How far the clock of a server is behind this machine's, as its answers tell. */
export interface ServerClock {
  /** Takes the `Date` of an answer that has just come into account (RFC 9110, 6.6.1). */
  note(date: string | string[] | undefined): void;
  /** Undefined where no answer told the time. */
  lagMs(): number | undefined;
}

/** No answer takes so long on its way: the server's clock was set. */
const setMs = 60_000;

/** The server's time is counted on by the monotonic clock, so that it stays right where this machine's clock is set. */
export function createServerClock(clock: Pick<Clock, 'now' | 'monotonic'>): ServerClock {
  /** The server's time when the monotonic clock began. */
  let began: number | undefined;
  return {
    note(date) {
      const at = typeof date === 'string' ? Date.parse(date) : Number.NaN;
      if (Number.isNaN(at)) return;
      const told = at - clock.monotonic();
      // An answer takes its time on the way, so the latest time of all is nearest to the truth.
      if (began === undefined || told > began || began - told > setMs) began = told;
    },
    lagMs: () => (began === undefined ? undefined : clock.now() - clock.monotonic() - began),
  };
}
