import type { Judgement, Verdict } from './judgement.ts';

/** What a window says of one of several services. */
export interface ServiceJudgement {
  readonly name: string;
  readonly judgement: Judgement;
  /** How many requests it got from anybody. */
  readonly requests: number;
}

const byWeight: readonly Verdict[] = ['Back', 'Hold', 'Advance'];

/**
 * What follows for services that are shifted together: one that goes back takes all back, one that holds holds all. A service that nobody
 * called has nothing to judge, and holds only where none was called.
 */
export function judgeAll(services: readonly ServiceJudgement[]): Judgement {
  const [only, ...others] = services;
  if (only !== undefined && others.length === 0) return only.judgement;
  const isIdle = ({ requests, judgement }: ServiceJudgement): boolean =>
    requests === 0 && judgement.verdict === 'Hold' && services.some((one) => one.requests > 0);
  const judged = services.filter((one) => !isIdle(one));
  const verdict = byWeight.find((one) => judged.some(({ judgement }) => judgement.verdict === one)) ?? 'Hold';
  const deciding = judged.filter(({ judgement }) => judgement.verdict === verdict);
  const reasons = deciding.map(({ name, judgement }) => `${name}: ${judgement.reason}`);
  const idle = services.filter(isIdle).map(({ name }) => `${name}: no request`);
  return { verdict, reason: [...reasons, ...idle].join('; ') };
}
