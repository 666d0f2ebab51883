import type { Clock } from '../../base/clock.ts';
import { IsthmusError } from '../../base/error.ts';

const servedWithinMs = 15_000;
const servedRetryMs = 250;

/** An API server serves a kind up to a few seconds after its definition is stored; until then there is no such path. */
export async function whenServed(
  write: () => Promise<void>,
  { clock, signal }: { readonly clock: Pick<Clock, 'monotonic' | 'sleep'>; readonly signal: AbortSignal },
): Promise<void> {
  const until = clock.monotonic() + servedWithinMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const isServed = !(error instanceof IsthmusError) || error.code !== 'not-found';
      if (isServed || clock.monotonic() > until) throw error;
      await clock.sleep(servedRetryMs, signal);
    }
  }
}
