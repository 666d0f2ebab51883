import { type LoadSpan, spanMs } from '../probe/load-protocol.ts';

/** What was sent within a span of time that began at `at`, and who answered. */
export interface SentSpan extends Pick<LoadSpan, 'at' | 'sent' | 'answers' | 'failed' | 'failure'> {
  /** Its length; left out, that of a load client. */
  readonly ms?: number | undefined;
}

function endOf({ at, ms = spanMs }: SentSpan): number {
  return at + ms;
}

/** Moments of a drill, in milliseconds since the epoch. */
export interface DrillTimes {
  readonly brokenAt: number;
  readonly restoredAt: number;
}

/** Where the requests of a span of time went, in percent of all. */
export interface Measured {
  readonly shares: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly requests: number;
}

/** What the load of one calling cluster shows. */
export interface CallerTimeline {
  readonly sent: number;
  readonly failed: number;
  /** Why the first request failed; undefined where none did. */
  readonly failure: string | undefined;
  readonly before: Measured;
  /** The last third of the time that it was broken. */
  readonly during: Measured;
  readonly after: Measured;
  /** From the fault to the first request that failed; null where none did. */
  readonly firstFailureMs: number | null;
  /** From the fault until requests went as they do in the end of it; null where they never settled. */
  readonly settledMs: number | null;
  /** From the repair until requests went as before; null where they did not yet. */
  readonly returnedMs: number | null;
}

/** The load of one calling cluster, by the moments of the drill. */
export function timelineOf(spans: readonly SentSpan[], times: DrillTimes): CallerTimeline {
  const { brokenAt, restoredAt } = times;
  const sorted = spans.toSorted((one, other) => one.at - other.at);
  const within = (from: number, until: number): readonly SentSpan[] =>
    sorted.filter((span) => span.at >= from && endOf(span) <= until);
  const broken = within(brokenAt, restoredAt);
  const repaired = sorted.filter(({ at }) => at >= restoredAt);
  const before = measuredOf(
    lastFor(
      sorted.filter((span) => endOf(span) <= brokenAt),
      2 * calmMs,
    ),
  );
  const during = measuredOf(within(restoredAt - (restoredAt - brokenAt) / 3, restoredAt));
  const failing = broken.find(({ failed }) => failed > 0);
  const all = sorted.filter((span) => endOf(span) > brokenAt);
  const sum = (count: (span: SentSpan) => number): number => all.reduce((whole, one) => whole + count(one), 0);
  return {
    sent: sum(({ sent }) => sent),
    failed: sum(({ failed }) => failed),
    failure: all.find((one) => one.failure !== undefined)?.failure,
    before,
    during,
    after: measuredOf(lastFor(repaired, calmMs)),
    firstFailureMs: failing === undefined ? null : Math.max(0, failing.at - brokenAt),
    settledMs: settledAfter(broken, during, brokenAt),
    returnedMs: settledAfter(repaired, before, restoredAt),
  };
}

/** The last spans that together are so long or longer; all of them where they are shorter. */
function lastFor(spans: readonly SentSpan[], ms: number): readonly SentSpan[] {
  let length = 0;
  const first = spans.findLastIndex(({ ms: own = spanMs }) => {
    length += own;
    return length >= ms;
  });
  return spans.slice(Math.max(0, first));
}

function measuredOf(spans: readonly SentSpan[]): Measured {
  const counts: Record<string, number> = {};
  let [requests, failed] = [0, 0];
  for (const span of spans) {
    requests += span.sent;
    failed += span.failed;
    for (const [cluster, count] of Object.entries(span.answers)) counts[cluster] = (counts[cluster] ?? 0) + count;
  }
  const percent = (count: number): number => (requests === 0 ? 0 : (100 * count) / requests);
  const shares = Object.entries(counts).map(([cluster, count]) => [cluster, percent(count)] as const);
  return { shares: Object.fromEntries(shares), lost: percent(failed), requests };
}

/** A load is calm when nothing failed for six seconds, and those who answered in the first half answered in the second. */
export function isCalm(spans: readonly SentSpan[]): boolean {
  const sorted = spans.toSorted((one, other) => one.at - other.at);
  const later = lastFor(sorted, calmMs);
  const earlier = lastFor(sorted.slice(0, sorted.length - later.length), calmMs);
  const isLong = lengthOf(later) >= calmMs && lengthOf(earlier) >= calmMs;
  if (!isLong || [...earlier, ...later].some(({ failed }) => failed > 0)) return false;
  const answering = (half: readonly SentSpan[]): string =>
    [...new Set(half.flatMap(({ answers }) => Object.keys(answers)))].toSorted().join();
  const now = answering(later);
  return now !== '' && answering(earlier) === now;
}

function lengthOf(spans: readonly SentSpan[]): number {
  return spans.reduce((sum, { ms = spanMs }) => sum + ms, 0);
}

const calmMs = 3_000;

/** Shares of fewer requests than this say nothing of where all go. */
const least = 8;

/**
 * When requests begin to go as they do in a settled time, and stay so: nobody answers who does not then, all answer who do, and
 * nothing fails unless it does then. Null where they never do, or where nothing was measured.
 */
function settledAfter(spans: readonly SentSpan[], settled: Measured, from: number): number | null {
  if (settled.requests < least) return null;
  const answering = Object.keys(settled.shares).filter((cluster) => (settled.shares[cluster] ?? 0) > 0);
  const isStrange = ({ answers, failed }: SentSpan): boolean =>
    (failed > 0 && settled.lost === 0) || Object.keys(answers).some((cluster) => !answering.includes(cluster));
  const last = spans.findLastIndex(isStrange);
  const rest = spans.slice(last + 1);
  const seen = new Set<string>();
  for (const { at, answers } of rest) {
    for (const cluster of Object.keys(answers)) seen.add(cluster);
    if (answering.every((cluster) => seen.has(cluster)))
      return Math.max(0, (last < 0 && at <= from ? from : at) - from);
  }
  return null;
}
