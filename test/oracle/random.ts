/** Choices that depend on nothing but the seed. */
export interface Random {
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  /** True in `probability` of the cases, 0 to 1. */
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T;
  /** Each item with the probability, in the order given. */
  some<T>(items: readonly T[], probability: number): T[];
  /** What `make` gives in `probability` of the cases, else undefined. */
  maybe<T>(probability: number, make: () => T): T | undefined;
}

/** The mulberry32 generator: 32 bits of state are plenty for test cases, and equal seeds give equal cases for ever. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const chance = (probability: number): boolean => next() < probability;
  return {
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance,
    pick: <T>(items: readonly T[]): T => {
      const index = Math.floor(next() * items.length);
      if (index >= items.length) throw new Error('there is nothing to pick from');
      return items[index] as T;
    },
    some: (items, probability) => items.filter(() => chance(probability)),
    maybe: (probability, make) => (chance(probability) ? make() : undefined),
  };
}
