import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { object, service } from '../discovery/testing/fake-objects.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { nodePorts } from '../node-ports.ts';
import { managedByLabel, managedByValue } from '../objects/ownership.ts';
import { twoNetworks } from '../predict/testing/fake-mesh.ts';
import type { ServiceReport } from '../report/service.ts';
import { writeSnapshotFolder } from '../snapshot/folder.ts';
import { openMesh } from './open-mesh.ts';
import type { ServicesOptions } from './options.ts';

const host = 'reviews.shop.svc.cluster.local';
const apiVersion = 'isthmus.dev/v1alpha1';
const documents = [
  { apiVersion, kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { version: '1.31' } } },
  { apiVersion, kind: 'MeshCluster', metadata: { name: 'west' }, spec: { network: 'us' } },
  { apiVersion, kind: 'MeshCluster', metadata: { name: 'east' }, spec: { network: 'eu' } },
];
const meshService = {
  apiVersion,
  kind: 'MeshService',
  metadata: { name: 'reviews', namespace: 'shop' },
  spec: { split: { west: 90, east: 10 } },
};

/** What an apply of the MeshService writes. */
function ours(kind: 'DestinationRule' | 'VirtualService') {
  const metadata = { labels: { [managedByLabel]: managedByValue } };
  const subset = (name: string) => ({ name, labels: { 'topology.istio.io/cluster': name } });
  const route = [
    { destination: { host, subset: 'west' }, weight: 90 },
    { destination: { host, subset: 'east' }, weight: 10 },
  ];
  const spec =
    kind === 'DestinationRule'
      ? { host, subsets: [subset('west'), subset('east')] }
      : { hosts: [host], http: [{ route }], tcp: [{ route }] };
  return object(`networking.istio.io/v1/${kind}`, 'istio-system/isthmus-shop-reviews', { ...metadata, spec });
}

async function servicesOf(snapshot: Snapshot, more: readonly object[], options: ServicesOptions = {}) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'isthmus-services-'));
  await writeSnapshotFolder(folder.path, { snapshot, takenAt: undefined, gaps: [] }, [...documents, ...more]);
  await using session = await openMesh({ snapshot: folder.path }, nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }));
  return await session.services(options);
}

function reviewsOf({ services }: ServiceReport) {
  return services.find((one) => one.host === host);
}

const steered = twoNetworks({
  west: [ours('DestinationRule'), ours('VirtualService')],
  east: [ours('DestinationRule'), ours('VirtualService')],
});

test('a MeshService that is in effect, with the shares that come of it', async () => {
  const report = await servicesOf(steered, [meshService]);
  expect(report).toMatchObject({ mesh: 'shop', ok: true, verdict: 'Yes', unread: [] });
  expect(reviewsOf(report)).toMatchObject({
    verdict: 'Yes',
    endpoints: { west: 1, east: 1 },
    policies: [
      {
        name: 'reviews',
        policy: 'split west 90, east 10',
        clusters: [
          { cluster: 'east', inEffect: 'Yes', reasons: [] },
          { cluster: 'west', inEffect: 'Yes', reasons: [] },
        ],
      },
    ],
    rules: [{ owner: 'Isthmus' }, { owner: 'Isthmus' }],
    flows: [
      { from: 'east', shares: { east: 10, west: 90 }, lost: 0 },
      { from: 'west', shares: { east: 10, west: 90 }, lost: 0 },
    ],
  });
});

test('a rule of a user that stands in its way is named, and the answer is no', async () => {
  const mine = object('networking.istio.io/v1/DestinationRule', 'shop/mine', { spec: { host: 'reviews' } });
  const clusters = steered.clusters.map((one) =>
    one.cluster === 'west' ? { ...one, objects: [...one.objects, mine] } : one,
  );
  const report = await servicesOf({ ...steered, clusters }, [meshService], { service: 'reviews.shop' });
  expect(report).toMatchObject({ ok: false, verdict: 'No' });
  expect(report.services).toHaveLength(1);
  const reviews = reviewsOf(report);
  expect(reviews?.rules).toContainEqual(
    expect.objectContaining({ object: 'shop/mine', owner: 'Other', says: 'changes nothing', callers: ['west/shop'] }),
  );
  const west = reviews?.policies[0]?.clusters.find(({ cluster }) => cluster === 'west');
  expect(west).toMatchObject({
    inEffect: 'No',
    reasons: ['DestinationRule shop/mine holds for callers in namespace shop'],
  });
  expect(reviews?.flows.find(({ from }) => from === 'west')).toMatchObject({ outcome: 'Lost', lost: 100 });
});

test('what was not read makes the answer unknown, and is named', async () => {
  const { clusters, ...rest } = twoNetworks();
  const unread = { east: 'it did not answer' };
  const west = clusters.filter(({ cluster }) => cluster === 'west');
  const report = await servicesOf({ ...rest, clusters: west, unread }, []);
  expect(report).toMatchObject({ verdict: 'Unknown', unread: [{ cluster: 'east', reason: 'it did not answer' }] });
  expect(reviewsOf(report)?.flows).toMatchObject([{ from: 'west', outcome: 'Unknown', shares: {} }]);
});

test('that nobody serves a service is no error', async () => {
  const report = await servicesOf(twoNetworks({ west: [service('shop/empty')] }), []);
  expect(report.verdict).toBe('Yes');
  expect(report.services.find(({ name }) => name === 'empty')).toMatchObject({ endpoints: {}, verdict: 'Yes' });
});

test('one is named by name and namespace or by its host; another name is not found', async () => {
  for (const named of ['reviews.shop', 'reviews.shop.svc', host]) {
    const { services } = await servicesOf(steered, [], { service: named });
    expect(services.map((one) => one.host)).toEqual([host]);
  }
  await expect(servicesOf(steered, [], { service: 'review.shop' })).rejects.toMatchObject({
    code: 'not-found',
    remedy: 'did you mean reviews.shop?',
  });
});
