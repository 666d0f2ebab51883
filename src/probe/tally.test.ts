import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Outcome, percentile, tally } from './tally.ts';

function answered(cluster: string, latencyMs = 1): Outcome {
  return { ok: true, latencyMs, answer: { cluster, pod: 'p', clientCertificate: `By=s-${cluster};URI=c` } };
}

test('counts answers and identities by cluster and keeps the last failure', () => {
  const outcomes: Outcome[] = [
    { ok: false, error: 'first' },
    answered('west', 4),
    answered('east', 2),
    { ok: false, status: 503, body: 'last' },
    answered('west', 1),
  ];
  expect(tally(outcomes)).toEqual({
    requests: 5,
    failures: 2,
    answers: [
      { cluster: 'east', count: 1 },
      { cluster: 'west', count: 2 },
    ],
    identities: [
      { cluster: 'east', server: 's-east', client: 'c', count: 1 },
      { cluster: 'west', server: 's-west', client: 'c', count: 2 },
    ],
    p50Ms: 2,
    p99Ms: 4,
    lastFailure: { status: 503, body: 'last' },
  });
});

test('nothing measured has no latency', () => {
  expect(tally([])).toMatchObject({ requests: 0, p50Ms: null, p99Ms: null, lastFailure: undefined });
});

test('a percentile is one of the numbers, and as many as it says are not above it', () => {
  const numbers = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const ascending = [...values].sort((a, b) => a - b);
      const found = percentile(ascending, percent) ?? Number.NaN;
      expect(ascending).toContain(found);
      expect(ascending.filter((value) => value <= found).length).toBeGreaterThanOrEqual(
        (percent / 100) * ascending.length,
      );
    }),
  );
});
