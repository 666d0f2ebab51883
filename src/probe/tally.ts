import type { ServerAnswer, TargetEvidence } from './protocol.ts';
import { identitiesOf } from './xfcc.ts';

/** How one request ended. */
export type Outcome =
  | { readonly ok: true; readonly answer: ServerAnswer; readonly latencyMs: number }
  | { readonly ok: false; readonly status?: number; readonly error?: string; readonly body?: string };

/** What the answers to some requests add up to. */
export type Tally = Pick<TargetEvidence, 'answers' | 'identities'> & {
  readonly requests: number;
  readonly failures: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly lastFailure: TargetEvidence['lastFailure'];
};

/** Sums up the outcomes of requests. */
export function tally(outcomes: readonly Outcome[]): Tally {
  const good = outcomes.filter((outcome) => outcome.ok);
  const latencies = good.map((outcome) => outcome.latencyMs).sort((a, b) => a - b);
  const identities = good.map(({ answer }) => ({
    cluster: answer.cluster,
    ...identitiesOf(answer.clientCertificate),
  }));
  return {
    requests: outcomes.length,
    failures: outcomes.length - good.length,
    answers: countedBy(good, ({ answer }) => answer.cluster).map(([{ answer }, count]) => ({
      cluster: answer.cluster,
      count,
    })),
    identities: countedBy(identities, (identity) => JSON.stringify(identity)).map(([identity, count]) => ({
      ...identity,
      count,
    })),
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    lastFailure: lastFailure(outcomes),
  };
}

/** The nearest-rank percentile of ascending numbers, or null of none. */
export function percentile(ascending: readonly number[], percent: number): number | null {
  return ascending[Math.max(0, Math.ceil((percent / 100) * ascending.length) - 1)] ?? null;
}

function countedBy<T>(items: readonly T[], keyOf: (item: T) => string): [T, number][] {
  const groups = new Map<string, [T, number]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item, 1]);
    else group[1] += 1;
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function lastFailure(outcomes: readonly Outcome[]): TargetEvidence['lastFailure'] {
  const failed = outcomes.findLast((outcome) => !outcome.ok);
  if (failed === undefined) return undefined;
  const { status, error, body } = failed;
  return {
    ...(status === undefined ? {} : { status }),
    ...(error === undefined ? {} : { error }),
    ...(body === undefined ? {} : { body }),
  };
}
