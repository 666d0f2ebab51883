/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('the median of nothing');
  return (lower + upper) / 2;
}

/** The smallest of the values that is not exceeded by this share of them (nearest rank); `share` is from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const found = values.toSorted((left, right) => left - right)[Math.max(0, Math.ceil(share * values.length) - 1)];
  if (found === undefined) throw new RangeError('the quantile of nothing');
  return found;
}

/** The medians of each name over several sets of named values; a name that a set lacks is left out of that name's median. */
export function medianByName(sets: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const names = new Set(sets.flatMap((set) => [...set.keys()]));
  return new Map(
    [...names].map((name) => [name, median(sets.map((set) => set.get(name)).filter((value) => value !== undefined))]),
  );
}

/**
 * The order of the runs: the contenders as given, then backwards, and so on (A B C C B A ...), so that what gets slower
 * or faster while the machine runs hits all of them alike.
 */
export function alternating<T>(contenders: readonly T[], rounds: number): readonly T[] {
  return Array.from({ length: rounds }, (_, round) => (round % 2 === 0 ? contenders : contenders.toReversed())).flat();
}
