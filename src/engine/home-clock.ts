import type { Clock } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';

/**
 * A clock that shows the time of the home cluster's API server. Processes that keep a mesh one after the other agree by it on how
 * long something lasts, whatever the clocks of their machines say and whenever these are set.
 */
export function homeClock(home: Pick<KubeClient, 'clockLagMs'>, clock: Clock): Clock {
  return { ...clock, now: () => clock.now() - (home.clockLagMs?.() ?? 0) };
}
