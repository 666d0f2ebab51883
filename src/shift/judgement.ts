import type { shiftVerdicts } from '../api/mesh-shift.ts';

export type Verdict = (typeof shiftVerdicts)[number];

export interface Judgement {
  readonly verdict: Verdict;
  /** A sentence without a full stop. */
  readonly reason: string;
}
