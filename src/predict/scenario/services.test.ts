import { expect, test } from 'vitest';
import { object, service } from '../../discovery/testing/fake-objects.ts';
import { managedByLabel, managedByValue } from '../../objects/ownership.ts';
import { threeClusters, twoNetworks } from '../testing/fake-mesh.ts';
import { surveyServices } from './services.ts';

const host = 'reviews.shop.svc.cluster.local';
const networking = 'networking.istio.io/v1';

const rule = object(`${networking}/DestinationRule`, 'istio-system/isthmus-shop-reviews', {
  labels: { [managedByLabel]: managedByValue },
  spec: { host, subsets: ['west', 'east'].map((name) => ({ name, labels: { 'topology.istio.io/cluster': name } })) },
});
const theirs = object(`${networking}/VirtualService`, 'shop/mine', {
  spec: {
    hosts: ['reviews'],
    http: [
      {
        route: [
          { destination: { host: 'reviews', subset: 'west' }, weight: 90 },
          { destination: { host: 'reviews', subset: 'east' }, weight: 10 },
        ],
      },
    ],
  },
});

function sharesOf(services: ReturnType<typeof surveyServices>, from: string) {
  return services.flatMap(({ flows }) =>
    flows.filter((flow) => flow.from === from).map(({ shares }) => Object.fromEntries(shares)),
  );
}

test('every service that applications call, with its endpoints and shares', () => {
  const found = surveyServices(twoNetworks());
  expect(found.map((one) => [one.host, one.kind, Object.fromEntries(one.endpoints)])).toEqual([
    ['details.shop.svc.cluster.local', 'Service', { east: 1 }],
    [host, 'Service', { west: 1, east: 1 }],
  ]);
  const [, reviews] = found;
  expect(reviews?.clusters).toEqual(['east', 'west']);
  expect(sharesOf(found.slice(1), 'west')).toEqual([{ west: 50, east: 50 }]);
});

test('rules in force are found with who is subject to them, and theirs told from ours', () => {
  const found = surveyServices(twoNetworks({ west: [rule, theirs], east: [rule] }), (one) => one === host);
  expect(found).toHaveLength(1);
  expect(found[0]?.rules).toEqual([
    {
      kind: 'DestinationRule',
      object: 'istio-system/isthmus-shop-reviews',
      isOurs: true,
      says: 'subsets west, east',
      callers: ['east/shop', 'west/shop'],
    },
    {
      kind: 'VirtualService',
      object: 'shop/mine',
      isOurs: false,
      says: '90% to west, 10% to east',
      callers: ['west/shop'],
    },
  ]);
  expect(sharesOf(found, 'west')).toEqual([{ west: 90, east: 10 }]);
  expect(sharesOf(found, 'east')).toEqual([{ west: 50, east: 50 }]);
});

test('a cluster without an istiod of its own is served by that of another', () => {
  const [reviews] = surveyServices(threeClusters(), (one) => one === host);
  expect(Object.fromEntries(reviews?.endpoints ?? [])).toEqual({ east: 1, north: 1 });
  expect(reviews?.flows.map(({ from }) => from)).toEqual(['west', 'north', 'east']);
});

test('a service that nobody serves loses its requests, and headless ones are named as such', () => {
  const found = surveyServices(
    twoNetworks({ west: [service('shop/empty'), service('shop/peers', { spec: { clusterIP: 'None' } })] }),
    (one) => !one.startsWith('reviews') && !one.startsWith('details'),
  );
  expect(found.map(({ name, kind, endpoints }) => [name, kind, endpoints.size])).toEqual([
    ['empty', 'Service', 0],
    ['peers', 'Headless', 0],
  ]);
  const [empty] = found[0]?.flows ?? [];
  expect(empty).toMatchObject({ from: 'west', outcome: 'Lost', lost: 100, reasons: ['No healthy endpoint is left.'] });
});

test('a cluster that was not read leaves shares open', () => {
  const snapshot = twoNetworks();
  const clusters = snapshot.clusters.filter(({ cluster }) => cluster === 'west');
  const [details] = surveyServices({ ...snapshot, clusters, unread: { east: 'it did not answer' } });
  expect(details?.flows).toMatchObject([{ from: 'west', outcome: 'Open', lost: 0 }]);
  expect(details?.flows[0]?.shares.size).toBe(0);
});
