import { describe, expect, test } from 'vitest';
import { judge, type StepWindow } from './judge.ts';
import { parseLimits } from './limits.ts';

const window = (more: Partial<StepWindow> = {}): StepWindow => ({
  share: 25,
  counted: { target: { requests: 250, errors: 0 }, sources: { requests: 750, errors: 0 }, elsewhere: 0 },
  baseline: { requests: 0, errors: 0 },
  withoutTarget: [],
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
  expect(parseLimits(['errors>+0.5%'])).toEqual({ errors: 0.5 });
  expect(parseLimits([])).toEqual({ errors: undefined });
  for (const wrong of [['errors>1%'], ['errors>+1ms'], ['latency>+1%'], ['errors>+1%', 'errors>+2%']]) {
    expect(() => parseLimits(wrong)).toThrow(/is no limit of a shift|is a second limit/);
  }
});
