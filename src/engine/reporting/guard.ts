import type { JudgedFlow } from '../../guard/judge.ts';
import type { GuardReport } from '../../report/guard.ts';

/** How a guard ended. */
export interface GuardEnd {
  readonly outcome: GuardReport['outcome'];
  readonly reason: string;
  readonly flows: readonly JudgedFlow[];
  readonly left: readonly string[];
  readonly seconds: number;
}

export function guardReport({ outcome, reason, flows, left, seconds }: GuardEnd): GuardReport {
  return {
    outcome,
    reason,
    seconds,
    flows: flows.map(({ verdict, reason: why, flow: { from, host, before, after, settled, predicted } }) => ({
      from,
      host,
      verdict,
      reason: why,
      requests: after.requests,
      failed: after.errors,
      before: { requests: before.requests, failed: before.errors },
      answered: settled.answered,
      predicted: predicted?.after ?? null,
    })),
    left: [...left],
  };
}
