import { expect, test } from 'vitest';
import { type LoadSpan, spanMs } from '../probe/load-protocol.ts';
import { isCalm, timelineOf } from './timeline.ts';

const brokenAt = 100_000;
const restoredAt = 112_000;
const times = { brokenAt, restoredAt };

/** Spans from 95 s to 120 s, each as a function of its moment. */
function load(of: (at: number) => Pick<LoadSpan, 'answers' | 'failed'>): readonly LoadSpan[] {
  const count = (120_000 - 95_000) / spanMs;
  return Array.from({ length: count }, (_, index) => {
    const at = 95_000 + index * spanMs;
    const { answers, failed } = of(at);
    const sent = Object.values(answers).reduce((sum, one) => sum + one, failed);
    return { type: 'load', at, sent, answers, failed, slowestMs: 5, ...(failed > 0 ? { failure: '503' } : {}) };
  });
}

const both = { answers: { west: 5, east: 5 }, failed: 0 };
const west = { answers: { west: 10 }, failed: 0 };

test('requests that fail, go elsewhere and come back are timed from the fault and from the repair', () => {
  const timeline = timelineOf(
    load((at) => {
      if (at < brokenAt + 1_000) return both;
      if (at < brokenAt + 3_000) return { answers: { west: 5 }, failed: 5 };
      return at < restoredAt + 2_000 ? west : both;
    }),
    times,
  );
  expect(timeline).toMatchObject({
    firstFailureMs: 1_000,
    settledMs: 3_000,
    returnedMs: 2_000,
    failed: 40,
    failure: '503',
    before: { shares: { west: 50, east: 50 }, lost: 0 },
    during: { shares: { west: 100 }, lost: 0 },
    after: { shares: { west: 50, east: 50 }, lost: 0 },
  });
});

test('what never fails and never moves is settled at once', () => {
  expect(
    timelineOf(
      load(() => both),
      times,
    ),
  ).toMatchObject({
    firstFailureMs: null,
    settledMs: 0,
    returnedMs: 0,
    failed: 0,
    failure: undefined,
  });
});

test('what is lost to the end of the fault is lost in its last third, and what does not come back has no time', () => {
  const lost = { answers: { west: 5 }, failed: 5 };
  const timeline = timelineOf(
    load((at) => (at < brokenAt ? both : lost)),
    times,
  );
  expect(timeline).toMatchObject({ during: { shares: { west: 50 }, lost: 50 }, settledMs: 0, returnedMs: null });
});

test('spans may be longer, and then only those that lie within the fault tell of it', () => {
  const ms = 2_500;
  const looks = Array.from({ length: 13 }, (_, index) => {
    const at = 91_000 + index * 2_000;
    return { at, ms, sent: 10, ...(at < brokenAt || at >= restoredAt - 1_000 ? both : west) };
  });
  expect(isCalm(looks.slice(0, 4))).toBe(true);
  expect(isCalm(looks.slice(0, 3))).toBe(false);
  expect(timelineOf(looks, times)).toMatchObject({
    before: { shares: { west: 50, east: 50 }, requests: 30 },
    during: { shares: { west: 100 }, requests: 10 },
    settledMs: 1_000,
    returnedMs: 1_000,
  });
});

test('without a load nothing is known', () => {
  expect(timelineOf([], times)).toMatchObject({ sent: 0, settledMs: null, returnedMs: null, during: { requests: 0 } });
});

test('a load is calm after six seconds in which nothing failed and the same clusters answered', () => {
  const calm = load((at) => (at < 110_000 ? west : both));
  expect(isCalm(calm)).toBe(true);
  expect(isCalm(calm.slice(0, 5))).toBe(false);
  // East answers for two seconds.
  expect(isCalm(calm.filter(({ at }) => at < 112_000))).toBe(false);
  expect(isCalm(load((at) => (at === 119_000 ? { answers: { west: 5 }, failed: 1 } : both)))).toBe(false);
  expect(isCalm(load(() => ({ answers: {}, failed: 0 })))).toBe(false);
});
