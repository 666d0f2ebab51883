import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Histogram } from '../istio/request-durations.ts';
import { judgeLatency, p99 } from './judge-latency.ts';
import { quantileOf } from './latency.ts';
import type { LatencyLimit } from './limits.ts';

const bounds = [1, 5, 10, 25, 50, 100, 250, 500, 1000];

function histogram(samples: readonly number[]): Histogram {
  return {
    bounds,
    atMost: bounds.map((bound) => samples.filter((sample) => sample <= bound).length),
    count: samples.length,
  };
}

const repeated = (ms: number, count: number): readonly number[] => Array<number>(count).fill(ms);
const by50: LatencyLimit = { unit: 'Ms', more: 50 };

const took = fc.double({ min: 0.1, max: 2000, noNaN: true });
const samples = (minLength: number, maxLength: number) => fc.array(took, { minLength, maxLength }).map(histogram);
const limits = fc.record({ unit: fc.constantFrom('Ms', 'Percent'), more: fc.integer({ min: 0, max: 300 }) });

test('a tail of slow requests beyond chance goes back, one that may be chance holds', () => {
  const usual = histogram([...repeated(8, 2990), ...repeated(40, 10)]);
  const slowTail = (slow: number) => histogram([...repeated(8, 1000 - slow), ...repeated(400, slow)]);
  expect(judgeLatency({ target: slowTail(50), sources: usual }, by50).verdict).toBe('Back');
  expect(judgeLatency({ target: slowTail(11), sources: usual }, by50).verdict).toBe('Hold');
  expect(judgeLatency({ target: slowTail(5), sources: usual }, by50).verdict).toBe('Advance');
});

test('what the width of a bucket may explain never goes back', () => {
  // 110 and 240 ms are in one bucket; interpolated they can be told apart no better than by how many there are.
  const [target, sources] = [histogram(repeated(240, 500)), histogram([...repeated(20, 490), ...repeated(110, 10)])];
  expect(judgeLatency({ target, sources }, { unit: 'Ms', more: 1 }).verdict).toBe('Hold');
});

test('of few requests it is known only where all are slower', () => {
  const sources = histogram(repeated(8, 300));
  expect(judgeLatency({ target: histogram(repeated(400, 20)), sources }, by50).verdict).toBe('Back');
  expect(judgeLatency({ target: histogram(repeated(400, 19)), sources }, by50).verdict).toBe('Hold');
  const few = judgeLatency({ target: histogram(repeated(8, 99)), sources }, by50);
  expect(few.verdict).toBe('Hold');
  expect(few.reason).toContain('fewer than 100 requests');
});

test('in percent of what the source clusters need', () => {
  const [target, sources] = [histogram(repeated(400, 500)), histogram(repeated(80, 500))];
  expect(judgeLatency({ target, sources }, { unit: 'Percent', more: 100 }).verdict).toBe('Back');
  expect(judgeLatency({ target, sources }, { unit: 'Percent', more: 400 }).verdict).toBe('Advance');
});

test('too few requests never go back, whatever they took', () => {
  fc.assert(
    fc.property(samples(0, 19), samples(0, 200), limits, (target, sources, limit) => {
      expect(judgeLatency({ target, sources }, limit).verdict).toBe('Hold');
    }),
  );
});

test('a target that is as fast as the others never goes back', () => {
  fc.assert(
    fc.property(samples(1, 300), limits, (both, limit) => {
      expect(judgeLatency({ target: both, sources: both }, limit).verdict).not.toBe('Back');
    }),
  );
});

test('Back means that the buckets themselves are further apart than the limit', () => {
  const faster = fc.array(fc.double({ min: 0.1, max: 30, noNaN: true }), { minLength: 20, maxLength: 300 });
  let back = 0;
  fc.assert(
    fc.property(samples(20, 300), faster.map(histogram), limits, (target, sources, limit) => {
      if (judgeLatency({ target, sources }, limit).verdict !== 'Back') return;
      back += 1;
      const [slow, usual] = [quantileOf(target, p99), quantileOf(sources, p99)];
      const upper = usual?.toMs ?? Number.POSITIVE_INFINITY;
      const most = limit.unit === 'Ms' ? upper + limit.more : upper * (1 + limit.more / 100);
      expect(slow?.fromMs).toBeGreaterThan(most);
    }),
  );
  expect(back).toBeGreaterThan(10);
});
