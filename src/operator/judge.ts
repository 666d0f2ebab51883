import type { ConditionReason } from '../api/mesh-cluster-status.ts';

/** What one look found of one side of a cluster. */
export interface Observation {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `Unknown`: it could not be read. */
  readonly finding: 'Good' | 'Bad' | 'Unknown';
  readonly reason: ConditionReason;
  /** Why, and what to do about it. */
  readonly message: string;
  /** A document or an API server says so: no second look is needed. */
  readonly isCertain?: boolean;
}

export interface Judgement {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: ConditionReason;
  readonly message: string;
  /** When what it is judged by was last seen; undefined where it never was. */
  readonly seenAt: number | undefined;
}

export interface JudgingContext {
  readonly now: number;
  /** What was seen longer ago is not relied on, in milliseconds. */
  readonly staleMs: number;
  /** The status so far; undefined where there is none. */
  readonly before: 'True' | 'False' | 'Unknown' | undefined;
}

/** So many looks are remembered, and so many of them must find something wrong before it is `False`. */
export const remembered = 3;
const needed = 2;

/**
 * What the last looks mean together, the latest last. Silence is `Unknown`, never what it was before; one look that finds
 * something wrong leaves the status as it is until another one of the last three confirms it.
 */
export function judge(looks: readonly Observation[], { now, staleMs, before }: JudgingContext): Judgement {
  const latest = looks.at(-1);
  if (latest === undefined) {
    return { status: 'Unknown', reason: 'NotLooked', message: 'It was not looked at yet.', seenAt: undefined };
  }
  const { at, finding, reason, message, isCertain = false } = latest;
  if (now - at > staleMs && !isCertain) {
    const seen = new Date(at).toISOString();
    return { status: 'Unknown', reason: 'Outdated', message: `It was last seen at ${seen}: ${message}`, seenAt: at };
  }
  if (finding === 'Good') return { status: 'True', reason, message, seenAt: at };
  if (finding === 'Unknown') return { status: 'Unknown', reason, message, seenAt: at };
  const isConfirmed = looks.slice(-remembered).filter((one) => one.finding === 'Bad').length >= needed;
  if (isCertain || isConfirmed) return { status: 'False', reason, message, seenAt: at };
  return {
    status: before === 'True' || before === 'False' ? before : 'Unknown',
    reason: 'NotConfirmed',
    message: `Seen once so far: ${message}`,
    seenAt: at,
  };
}
