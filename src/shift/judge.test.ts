import { describe, expect, test } from 'vitest';
import { type Histogram, noDurations } from '../istio/request-durations.ts';
import { judge, type StepWindow } from './judge.ts';
import { parseLimits } from './limits.ts';

const window = (more: Partial<StepWindow> = {}): StepWindow => ({
  share: 25,
  counted: { target: { requests: 250, errors: 0 }, sources: { requests: 750, errors: 0 }, elsewhere: 0 },
  baseline: { requests: 0, errors: 0 },
  withoutTarget: [],
  durations: { target: noDurations, sources: noDurations },
  limits: parseLimits(['errors>+1%']),
  ...more,
});

const counted = (target: number, failed: number, sources: number, failedThere = 0): StepWindow['counted'] => ({
  target: { requests: target, errors: failed },
  sources: { requests: sources, errors: failedThere },
  elsewhere: 0,
});

test('a target that gets its share and fails no more than the others advances', () => {
  expect(judge(window()).verdict).toBe('Advance');
  expect(judge(window({ counted: counted(250, 2, 750, 6) })).verdict).toBe('Advance');
});

test('few requests are no failure: it holds', () => {
  const { verdict, reason } = judge(window({ counted: counted(5, 0, 14) }));
  expect(verdict).toBe('Hold');
  expect(reason).toContain('the target answered 5 requests');
  expect(judge(window({ counted: counted(0, 0, 0) })).verdict).toBe('Hold');
});

describe('errors', () => {
  test('beyond the limit and beyond chance it goes back', () => {
    expect(judge(window({ counted: counted(250, 30, 750) })).verdict).toBe('Back');
    // Also before its share can be told.
    expect(judge(window({ counted: counted(15, 15, 300) })).verdict).toBe('Back');
  });

  test('one or two failures never take it back', () => {
    for (const [requests, failed] of [
      [1, 1],
      [2, 2],
      [3, 2],
    ] as const) {
      expect(judge(window({ counted: counted(requests, failed, 1000) })).verdict).toBe('Hold');
    }
  });

  test('what both suffer is not of the target', () => {
    expect(judge(window({ counted: counted(250, 25, 750, 75) })).verdict).toBe('Advance');
  });

  test('what may be chance holds', () => {
    const { verdict, reason } = judge(window({ counted: counted(100, 2, 300) }));
    expect(verdict).toBe('Hold');
    expect(reason).toContain('may be chance');
  });

  test('where the others get nothing the target is compared with what they showed last', () => {
    const last = { share: 100, counted: counted(500, 50, 0) };
    expect(judge(window({ ...last, baseline: { requests: 300, errors: 30 } })).verdict).toBe('Advance');
    expect(judge(window({ ...last, baseline: { requests: 300, errors: 0 } })).verdict).toBe('Back');
  });
});

test('a share that is not what was written holds, whichever way', () => {
  expect(judge(window({ counted: counted(500, 0, 500) })).reason).toBe(
    'the target got 50% of the requests where 25% were written',
  );
  expect(judge(window({ counted: counted(60, 0, 940) })).verdict).toBe('Hold');
  const astray = { ...counted(250, 0, 750), elsewhere: 50 };
  expect(judge(window({ counted: astray })).reason).toBe('50 requests took none of the weights');
});

test('a target without a healthy endpoint goes back at once', () => {
  const { verdict, reason } = judge(window({ withoutTarget: ['west/sample/client', 'west/sample/other'] }));
  expect({ verdict, reason }).toEqual({
    verdict: 'Back',
    reason: 'no endpoint of the target is healthy for west/sample/client and 1 others',
  });
});

test('limits are read as they are written, and nothing else is', () => {
  expect(parseLimits(['errors>+0.5%'])).toEqual({ errors: 0.5, p99: undefined });
  expect(parseLimits([])).toEqual({ errors: undefined, p99: undefined });
  expect(parseLimits(['p99>+50ms', 'errors>+1%'])).toEqual({ errors: 1, p99: { unit: 'Ms', more: 50 } });
  expect(parseLimits(['p99>+1.5s']).p99).toEqual({ unit: 'Ms', more: 1500 });
  expect(parseLimits(['p99>+20%']).p99).toEqual({ unit: 'Percent', more: 20 });
  for (const wrong of [['errors>1%'], ['errors>+1ms'], ['latency>+1%'], ['p99>50ms'], ['p99>+5'], ['p95>+5ms']]) {
    expect(() => parseLimits(wrong)).toThrow(/is no limit of a shift/);
  }
  for (const twice of [
    ['errors>+1%', 'errors>+2%'],
    ['p99>+50ms', 'errors>+1%', 'p99>+20%'],
  ]) {
    expect(() => parseLimits(twice)).toThrow(/is a second limit/);
  }
});

describe('p99', () => {
  const limits = parseLimits(['errors>+1%', 'p99>+50ms']);
  const all = (count: number, upTo: number): Histogram => ({
    bounds: [10, 250, 500],
    atMost: [10, 250, 500].map((bound) => (bound >= upTo ? count : 0)),
    count,
  });
  const timed = (target: Histogram, sources: Histogram, more: Partial<StepWindow> = {}): StepWindow =>
    window({ limits, durations: { target, sources }, ...more });

  test('a target that is slower goes back, with both figures and their buckets', () => {
    const { verdict, reason } = judge(timed(all(250, 500), all(750, 10)));
    expect({ verdict, reason }).toEqual({
      verdict: 'Back',
      reason: 'p99 of the target 498 ms (250 to 500 ms) of 250 requests, 9.9 ms (0 to 10 ms) of 750 requests elsewhere',
    });
  });

  test('one that is not advances, and says both', () => {
    const { verdict, reason } = judge(timed(all(250, 10), all(750, 10)));
    expect(verdict).toBe('Advance');
    expect(reason).toMatch(/requests to the target failed.*; p99 of the target/);
  });

  test('errors that may be chance, and a share that is not as written, hold before it advances', () => {
    const calm = { durations: { target: all(250, 10), sources: all(750, 10) }, limits };
    expect(judge(window({ ...calm, counted: counted(100, 2, 300) })).reason).toContain('failed');
    expect(judge(window({ ...calm, counted: counted(500, 0, 500) })).reason).toContain('were written');
  });

  test('what was not measured holds', () => {
    expect(judge(timed(noDurations, all(750, 10)))).toEqual({
      verdict: 'Hold',
      reason: 'how long requests to the target take was not measured',
    });
    expect(judge(timed(all(250, 10), noDurations)).reason).toContain('to the source clusters');
  });
});
