import type { Tally } from './counters.ts';

/** How much larger the first rate of errors is, and up to which difference that may be chance. */
export function excessOf(
  one: Tally,
  other: Tally,
  deviations: number,
): { readonly excess: number; readonly chance: number } {
  return {
    excess: rate(one) - rate(other),
    chance: deviations * Math.sqrt(variance(one) + variance(other)),
  };
}

export function rate({ requests, errors }: Tally): number {
  return requests === 0 ? 0 : errors / requests;
}

/** Of a rate, with one failure and one success added: no failure among few requests is no proof. */
function variance({ requests, errors }: Tally): number {
  if (requests === 0) return 0;
  const smoothed = (errors + 1) / (requests + 2);
  return (smoothed * (1 - smoothed)) / requests;
}
