import { availableParallelism, loadavg } from 'node:os';

/** Longer than this no machine is waited for; it must stay within the limits of vitest.config.ts. */
const mostTimes = 5;

/**
 * A limit that was chosen for a machine with a free processor, on this machine as it is: where three programs want each
 * processor, everything takes three times as long.
 */
export function onThisMachine(limitMs: number): number {
  return stretched(limitMs, loadavg()[0] ?? 0, availableParallelism());
}

export function stretched(limitMs: number, load: number, processors: number): number {
  return limitMs * Math.min(mostTimes, Math.max(1, load / processors));
}
