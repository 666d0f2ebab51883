import type { PairLadder } from '../../../src/report/doctor.ts';
import type { Verdict } from '../parts/state.tsx';

/** A link whose steps are not all known is not known to work. */
export function pairVerdict({ firstFailed, rungs }: PairLadder): Verdict {
  if (firstFailed !== undefined) return 'No';
  return rungs.some(({ state }) => state === 'Unknown') ? 'Unknown' : 'Yes';
}

export function pairWords(pair: PairLadder): string {
  const { firstFailed, rungs } = pair;
  if (firstFailed !== undefined) return `fails at ${firstFailed}`;
  const unknown = rungs.filter(({ state }) => state === 'Unknown').map(({ rung }) => rung);
  return unknown.length === 0 ? 'passes' : `unknown: ${unknown.join(', ')}`;
}
