import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Histogram, noDurations } from '../istio/request-durations.ts';
import {
  allOf,
  durationsOf,
  latencyBetween,
  type ProxyDurations,
  quantileOf,
  quantileText,
  slowerThan,
} from './latency.ts';

const host = 'reviews.sample.svc.cluster.local';
const bounds = [1, 10, 100, 1000];

function histogram(samples: readonly number[], within: readonly number[] = bounds): Histogram {
  return {
    bounds: within,
    atMost: within.map((bound) => samples.filter((sample) => sample <= bound).length),
    count: samples.length,
  };
}

function proxy(name: string, ...answered: readonly (readonly [cluster: string, histogram: Histogram])[]) {
  const durations = answered.map(([cluster, own]) => ({ host, cluster, histogram: own }));
  return { proxy: name, from: name.split('/')[0] ?? '', durations } satisfies ProxyDurations;
}

const times = fc.array(fc.double({ min: 0.1, max: 3000, noNaN: true }), { maxLength: 60 });

test('a window has what was measured since, by calling and by answering cluster', () => {
  const before = [proxy('west/s/a', ['east', histogram([5, 50])]), proxy('west/s/gone', ['east', histogram([5])])];
  const after = [
    proxy('west/s/a', ['east', histogram([5, 50, 500, 501])], ['west', histogram([2])]),
    proxy('west/s/new', ['east', histogram([5000])]),
  ];
  const flows = latencyBetween(before, after);
  expect(flows).toEqual([
    { from: 'west', host, cluster: 'east', histogram: histogram([500, 501]) },
    { from: 'west', host, cluster: 'west', histogram: histogram([2]) },
  ]);
  expect(durationsOf(flows, { host, to: 'east', from: ['west', 'north'] })).toEqual({
    target: histogram([500, 501]),
    sources: histogram([2]),
  });
  expect(durationsOf(flows, { host: 'other', to: 'east', from: ['west'] }).target).toEqual(noDurations);
});

test('a sidecar that began again at zero is counted from there', () => {
  const [before, after] = [histogram([5, 5, 5]), histogram([500])];
  expect(latencyBetween([proxy('west/s/a', ['east', before])], [proxy('west/s/a', ['east', after])])).toEqual([
    { from: 'west', host, cluster: 'east', histogram: after },
  ]);
  // As many as before, but slower ones went away: they are others.
  const others = latencyBetween(
    [proxy('west/s/a', ['east', histogram([500, 500])])],
    [proxy('west/s/a', ['east', histogram([5, 5, 5])])],
  );
  expect(others[0]?.histogram.count).toBe(3);
});

test('sidecars with other buckets are added up in those that they share', () => {
  expect(allOf([histogram([5, 50]), histogram([5, 50], [10, 30, 1000])])).toEqual({
    bounds: [10, 1000],
    atMost: [2, 4],
    count: 4,
  });
});

test('what is measured in two parts is what is measured at once', () => {
  fc.assert(
    fc.property(times, times, (one, other) => {
      const both = histogram([...one, ...other]);
      expect(quantileOf(allOf([histogram(one), histogram(other)]), 0.99)).toEqual(quantileOf(both, 0.99));
      const later = latencyBetween([proxy('west/s/a', ['east', histogram(one)])], [proxy('west/s/a', ['east', both])]);
      expect(later.map((flow) => flow.histogram)).toEqual(other.length === 0 ? [] : [histogram(other)]);
    }),
  );
});

test('a quantile is within the bucket of the sample that it is about', () => {
  const parts = fc.constantFrom(0.5, 0.9, 0.99);
  const some = fc.array(fc.double({ min: 0.1, max: 3000, noNaN: true }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(some, parts, (samples, part) => {
      const { ms, fromMs, toMs = Number.POSITIVE_INFINITY } = quantileOf(histogram(samples), part) ?? {};
      const sorted = samples.toSorted((one, other) => one - other);
      const sample = sorted[Math.ceil(part * samples.length) - 1] ?? Number.NaN;
      expect(fromMs).toBeLessThan(sample);
      expect(toMs).toBeGreaterThanOrEqual(sample);
      expect(ms).toBeGreaterThanOrEqual(fromMs ?? Number.NaN);
      expect(ms).toBeLessThanOrEqual(toMs);
    }),
  );
});

test('beyond the last bound only that is known', () => {
  const quantile = quantileOf(histogram([5000]), 0.99);
  expect(quantile).toEqual({ ms: 1000, fromMs: 1000, toMs: undefined, requests: 1 });
  expect(quantile === undefined ? '' : quantileText(quantile)).toBe('1000 ms (over 1000 ms)');
  expect(quantileOf(noDurations, 0.99)).toBeUndefined();
  expect(slowerThan(histogram([5, 50, 500]), 10)).toBe(2);
  expect(slowerThan(histogram([5, 50, 500]), 0)).toBe(3);
});
