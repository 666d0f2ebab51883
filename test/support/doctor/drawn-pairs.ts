import { numbers } from '../random.ts';
import type { Fault } from '../truth/fault.ts';
import { drawn } from '../truth/faults.ts';

/** As many as a family has time for on a machine that does other work. */
const perFamily = 20;

/** The pairs of faults that a seed draws, half of them for each of two families. */
export function drawnPairs(seed: number): { readonly first: readonly Fault[]; readonly second: readonly Fault[] } {
  const all = drawn(2 * perFamily, numbers(seed));
  return { first: all.slice(0, perFamily), second: all.slice(perFamily) };
}
