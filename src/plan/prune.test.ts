import { expect, test } from 'vitest';
import { type KubeObject, refOf } from '../objects/object.ts';
import { fieldManager, managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import { planPrune } from './prune.ts';

const both = { [managedByLabel]: managedByValue, [meshLabel]: 'shop' };

function object(kind: string, name: string, metadata: object = {}): KubeObject {
  const [apiVersion = 'v1', bare = ''] = kind.includes(' ') ? kind.split(' ') : ['v1', kind];
  const [namespace, own = namespace] = name.split('/');
  const place = name.includes('/') ? { namespace } : {};
  return { apiVersion, kind: bare, metadata: { name: own ?? '', ...place, labels: both, ...metadata } } as KubeObject;
}

function prune(live: KubeObject) {
  const options = { mesh: 'shop', peersUnsettled: undefined, revisionsInUse: new Map<string, string>() };
  return planPrune([{ ref: refOf(live), live }], options);
}

test('what an inventory names and carries both labels of the mesh is deleted', () => {
  expect(prune(object('ConfigMap', 'prod/one')).deletions).toHaveLength(1);
});

test.each([
  ['without the label of the mesh', { [managedByLabel]: managedByValue }, /no longer carries the labels/],
  ['without the label of who manages it', { [meshLabel]: 'shop' }, /no longer carries the labels/],
  ['that someone else manages', { ...both, [managedByLabel]: 'Helm' }, /no longer carries the labels/],
  ['without labels', undefined, /no longer carries the labels/],
  ['of another mesh', { ...both, [meshLabel]: 'bank' }, /it belongs to mesh bank/],
])('an object %s stays, whatever an inventory says', (_, labels, reason) => {
  const { deletions, kept } = prune(object('ConfigMap', 'prod/one', { labels }));
  expect(deletions).toEqual([]);
  expect(kept).toMatchObject([{ reason: expect.stringMatching(reason) }]);
});

test.each([
  ['Namespace', 'production'],
  ['Namespace', 'istio-system'],
  ['Namespace', 'isthmus-system'],
  ['Namespace', 'kube-system'],
  ['apiextensions.k8s.io/v1 CustomResourceDefinition', 'gateways.networking.istio.io'],
  ['ConfigMap', 'kube-system/coredns'],
  ['Secret', 'kube-public/one'],
  ['coordination.k8s.io/v1 Lease', 'kube-node-lease/worker'],
  ['Secret', 'isthmus-system/shop-issuer'],
  ['ConfigMap', 'isthmus-system/isthmus-inventory'],
  ['isthmus.dev/v1alpha1 WrappingKey', 'isthmus-system/shop'],
])('a %s like %s stays, though it carries both labels', (kind, name) => {
  const { deletions, releases, kept } = prune(object(kind, name));
  expect([deletions, releases]).toEqual([[], []]);
  expect(kept).toHaveLength(1);
});

test('while other clusters differ, of what steers a service its route goes, and the subsets that peers name stay', () => {
  const unsettled = 'other clusters may still use it';
  const options = { mesh: 'shop', peersUnsettled: unsettled, revisionsInUse: new Map<string, string>() };
  const [route, subsets, istiod] = (
    [
      ['VirtualService', 'isthmus-shop-cart'],
      ['DestinationRule', 'isthmus-shop-cart'],
      ['VirtualService', 'istiod-vs'],
    ] as const
  ).map(([kind, name]) => object(`networking.istio.io/v1 ${kind}`, `istio-system/${name}`));
  const all = [route, subsets, istiod].flatMap((live) => (live === undefined ? [] : [{ ref: refOf(live), live }]));
  const { deletions, kept } = planPrune(all, options);
  expect(deletions.map(({ live }) => live)).toEqual([route]);
  expect(kept.map(({ ref, reason }) => [ref.kind, ref.name, reason])).toEqual([
    ['DestinationRule', 'isthmus-shop-cart', unsettled],
    ['VirtualService', 'istiod-vs', unsettled],
  ]);
});

test("of a user's namespace only what our field manager holds is removed", () => {
  const held = (manager: string) => ({
    labels: {},
    managedFields: [{ manager, operation: 'Apply', fieldsV1: { 'f:metadata': { 'f:labels': {} } } }],
  });
  expect(prune(object('Namespace', 'production', held(fieldManager))).releases).toHaveLength(1);
  expect(prune(object('Namespace', 'production', held('kubectl')))).toEqual({ deletions: [], releases: [], kept: [] });
});

test('an ingress gateway that is no longer declared goes at once: no peer and no revision keeps it', () => {
  const options = {
    mesh: 'shop',
    peersUnsettled: 'other clusters may still use it',
    revisionsInUse: new Map([['default', 'revision default still serves pod shop/web']]),
  };
  const gateway = (istio: string) =>
    ['Service', 'apps/v1 Deployment', 'ServiceAccount'].map((kind) =>
      object(kind, `istio-system/istio-${istio}`, { labels: { ...both, istio, 'istio.io/rev': 'default' } }),
    );
  const planned = (istio: string) =>
    planPrune(
      gateway(istio).map((live) => ({ ref: refOf(live), live })),
      options,
    );
  expect(
    planned('ingressgateway')
      .deletions.map(({ ref }) => ref.kind)
      .toSorted(),
  ).toEqual(['Deployment', 'Service', 'ServiceAccount']);
  expect(planned('eastwestgateway')).toMatchObject({ deletions: [], kept: [{}, {}, {}] });
});
