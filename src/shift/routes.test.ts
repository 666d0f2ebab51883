import { expect, test } from 'vitest';
import { hasWeights, routesTo } from './routes.ts';

const host = 'reviews.sample.svc.cluster.local';
const cluster = (subset: string): string => `outbound|5000|${subset}|${host}`;

const weighted = {
  weighted_clusters: {
    clusters: [
      { name: cluster('west'), weight: 75 },
      { name: cluster('east'), weight: 25 },
    ],
  },
};

test('finds the routes of HTTP and the TCP proxies of a service, and of no other', () => {
  const dump = {
    configs: [
      {
        route_config: {
          virtual_hosts: [{ routes: [{ route: weighted }, { route: { cluster: 'outbound|80||other' } }] }],
        },
      },
      {
        active_state: {
          filter_chains: [{ filters: [{ typed_config: { stat_prefix: 'x', cluster: cluster('east') } }] }],
        },
      },
    ],
  };
  expect(routesTo(dump, host)).toEqual([{ west: 75, east: 25 }, { east: 100 }]);
});

test('a proxy has the weights when each of its routes has just them; the weight 0 is left out by Istio', () => {
  expect(hasWeights([{ west: 75, east: 25 }], { west: 75, east: 25 })).toBe(true);
  expect(hasWeights([{ east: 100 }], { west: 0, east: 100 })).toBe(true);
  expect(
    hasWeights(
      [
        { west: 75, east: 25 },
        { west: 95, east: 5 },
      ],
      { west: 75, east: 25 },
    ),
  ).toBe(false);
  expect(hasWeights([{ '': 100 }], { west: 75, east: 25 })).toBe(false);
  expect(hasWeights([], { west: 75, east: 25 })).toBe(true);
});
