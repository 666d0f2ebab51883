import { nearMatch } from '../../base/near-match.ts';

/** The candidate that `wanted` most likely means: a misspelling of it, or the only one that contains it. */
export function nearest(wanted: string, candidates: readonly string[]): string | undefined {
  const containing = candidates.filter((candidate) => candidate.includes(wanted));
  return nearMatch(wanted, candidates) ?? (containing.length === 1 ? containing[0] : undefined);
}
