import { expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { ProxyRequests } from '../shift/requests.ts';
import { type CountedAt, countCalls, spansBetween } from './calls.ts';

const host = 'reviews.shop.svc.cluster.local';
const places: Readonly<Record<string, string>> = { '10.1.0.1:80': 'west', '2.2.2.2:15443': 'east' };
const called = {
  service: { namespace: 'shop', name: 'reviews' },
  host,
  placeOf: (_: string, address: string) => places[address],
};

function proxy(
  from: string,
  counts: Readonly<Record<string, readonly [requests: number, errors?: number]>>,
): ProxyRequests {
  const counted = Object.entries(counts).map(([address, [requests, errors = 0]]) => {
    const of = address.startsWith('9.') ? 'ratings.shop.svc.cluster.local' : host;
    return { key: `outbound|80||${of} ${address}`, host: of, address, requests, errors };
  });
  return { proxy: `${from}/shop/client`, from, counted };
}

function looked(begunAt: number, endedAt: number, ...counts: readonly ProxyRequests[]): CountedAt {
  return { begunAt, endedAt, counts };
}

test('a span is what one service was sent between two looks, by calling cluster and by who answered', () => {
  const before = looked(
    1_000,
    1_500,
    proxy('west', { '10.1.0.1:80': [10], '2.2.2.2:15443': [10, 1], '9.9.9.9:80': [1] }),
  );
  const after = looked(
    ...([3_500, 4_100] as const),
    proxy('west', { '10.1.0.1:80': [16], '2.2.2.2:15443': [14, 3], '9.9.9.9:80': [90] }),
  );
  expect([...spansBetween(before, after, called)]).toEqual([
    ['west', { at: 1_000, ms: 3_100, sent: 10, answers: { west: 6, east: 2 }, failed: 2 }],
  ]);
});

test('an endpoint that is not known makes the span of its caller unclear, and of no other', () => {
  const before = looked(0, 100, proxy('west', { '10.1.0.1:80': [1] }), proxy('east', { '10.1.0.1:80': [1] }));
  const after = looked(
    ...([2_000, 2_100] as const),
    proxy('west', { '10.1.0.1:80': [5], '10.7.7.7:80': [1] }),
    proxy('east', { '10.1.0.1:80': [5] }),
  );
  const spans = spansBetween(before, after, called);
  expect(spans.get('west')).toBe('Unclear');
  expect(spans.get('east')).toMatchObject({ sent: 4, answers: { west: 4 } });
});

test('a service that nobody calls has no spans', () => {
  const look = looked(0, 100, proxy('west', { '9.9.9.9:80': [1] }));
  expect(spansBetween(look, { ...look, endedAt: 2_100 }, called).size).toBe(0);
});

test('where no sidecar calls the service in a minute nothing is broken', async () => {
  const clock = handClock({ instantUpTo: 2_000 });
  const context = {
    ...{ mesh: 'shop', holder: 'drill by ann', clock, report: () => undefined },
    clients: new Map([['west', createFake({ cluster: 'west', clock })]]),
    signal: new AbortController().signal,
  };
  await expect(countCalls(context, called)).rejects.toThrow(
    expect.objectContaining({
      code: 'drill-refused',
      message: 'no sidecar sent a request to shop/reviews for 60 s; nothing was broken',
    }),
  );
});
