import { expect, test } from 'vitest';
import { twoNetworks } from '../../predict/testing/fake-mesh.ts';
import { callersIn, foreseeIn } from './predict.ts';

const reviews = { namespace: 'shop', name: 'reviews' };
const endpoints = { kind: 'endpoints', cluster: 'east', service: reviews } as const;
const refused = (message: string) =>
  expect.objectContaining({ code: 'drill-refused', message: expect.stringContaining(message) });

test('a service that another cluster answers may lose its endpoints, and its callers go there', () => {
  const { blast, called } = foreseeIn(twoNetworks(), endpoints);
  expect(blast.changes.map(({ host, from, verdict }) => [host, from, verdict])).toEqual([
    ['reviews.shop.svc.cluster.local', 'west', 'Moved'],
    ['reviews.shop.svc.cluster.local', 'east', 'Moved'],
  ]);
  expect(called).toMatchObject({ service: reviews, host: 'reviews.shop.svc.cluster.local' });
  expect(called?.placeOf('west', '10.1.0.1:80')).toBe('west');
  expect(called?.placeOf('west', '2.2.2.2:15443')).toBe('east');
  expect(called?.placeOf('west', '10.2.0.1:80')).toBeUndefined();
  expect([...callersIn(twoNetworks(), endpoints, reviews)]).toEqual([
    ['west', { shares: { west: 100 }, lost: 0 }],
    ['east', { shares: { west: 100 }, lost: 0 }],
  ]);
});

test('a service that no other cluster answers keeps its endpoints', () => {
  const details = { ...endpoints, service: { namespace: 'shop', name: 'details' } };
  expect(() => foreseeIn(twoNetworks(), details)).toThrow(
    refused('nobody would answer the requests from west to details.shop.svc.cluster.local:80 and 1 more'),
  );
});

test('a service without an endpoint there has none to lose', () => {
  const west = { ...endpoints, cluster: 'west', service: { namespace: 'shop', name: 'details' } };
  expect(() => foreseeIn(twoNetworks(), west)).toThrow(refused('endpoints:shop/details@west: there is no endpoint'));
  const other = { ...endpoints, service: { namespace: 'shop', name: 'ratings' } };
  expect(() => foreseeIn(twoNetworks(), other)).toThrow(refused('there is no endpoint'));
});

test('where a part of the requests would not be answered it is refused, and so where that is not known', () => {
  const split = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'split', namespace: 'shop' },
    spec: {
      hosts: ['reviews'],
      http: [
        {
          route: [
            { destination: { host: 'reviews', subset: 'east' }, weight: 10 },
            { destination: { host: 'reviews', subset: 'west' }, weight: 90 },
          ],
        },
      ],
    },
  };
  const subsets = ['east', 'west'].map((name) => ({ name, labels: { 'topology.istio.io/cluster': name } }));
  const rule = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'split', namespace: 'shop' },
    spec: { host: 'reviews', subsets },
  };
  const both = { west: [split, rule], east: [split, rule] };
  expect(() => foreseeIn(twoNetworks(both), endpoints)).toThrow(
    refused('10% of the requests from west to reviews.shop.svc.cluster.local:80 would not be answered'),
  );
});

test('a gateway is judged by every service of the mesh, and nobody is counted for it', () => {
  expect(() => foreseeIn(twoNetworks(), { kind: 'gateway', cluster: 'east' })).toThrow(refused('nobody would answer'));
  expect(foreseeIn(twoNetworks(), { kind: 'endpoints', cluster: 'east' })).toMatchObject({
    blast: { changes: [] },
    called: undefined,
  });
});
