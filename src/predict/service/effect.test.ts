import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { object, pod, service } from '../../discovery/testing/fake-objects.ts';
import type { IstiodSettings, Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';
import { twoNetworks } from '../testing/fake-mesh.ts';
import { worldOf } from '../world/world.ts';
import { effectsIn } from './effect.ts';
import type { Steering } from './steering.ts';

const host = 'reviews.shop.svc.cluster.local';
const clusterLabel = 'topology.istio.io/cluster';

const split: Steering = {
  key: 'shop/reviews',
  host,
  object: 'istio-system/isthmus-shop-reviews',
  rule: { host, subsets: ['west', 'east'].map((name) => ({ name, labels: { [clusterLabel]: name } })) },
  split: { west: 80, east: 20 },
  failsOverTo: [],
  staysInCluster: false,
};
const policy = {
  loadBalancer: { localityLbSetting: { enabled: true, failoverPriority: [clusterLabel] } },
  outlierDetection: { maxEjectionPercent: 100 },
};
const failover: Steering = {
  key: split.key,
  host,
  object: split.object,
  rule: { host, trafficPolicy: policy },
  failsOverTo: ['east'],
  staysInCluster: false,
};
const plain: Steering = { key: 'shop/reviews', host, object: '', failsOverTo: [], staysInCluster: false };

const networking = 'networking.istio.io/v1';

function rule(path: string, spec: JsonObject): KubeObject {
  return object(`${networking}/DestinationRule`, path, { spec, creationTimestamp: '2026-01-02T00:00:00Z' });
}

function routes(path: string, shares: Readonly<Record<string, number>>, more: JsonObject = {}): KubeObject {
  const route = Object.entries(shares).map(([subset, weight]) => ({ destination: { host, subset }, weight }));
  const spec = { hosts: [host], http: [{ route }], tcp: [{ route }], ...more };
  return object(`${networking}/VirtualService`, path, { spec, creationTimestamp: '2026-01-02T00:00:00Z' });
}

const ours = [rule(split.object, split.rule ?? {}), routes(split.object, { west: 80, east: 20 })];
const older = { creationTimestamp: '2026-01-01T00:00:00Z' };
const users = (kind: string, path: string, spec: JsonObject) =>
  object(`${networking}/${kind}`, path, { spec, ...older });

/** The effect in west, whose istiod reads these objects; east has those of the mesh. */
function effectOf(
  steering: Steering,
  extra: readonly KubeObject[],
  edit: (found: Snapshot) => Snapshot = (found) => found,
) {
  return effectsIn(worldOf(edit(twoNetworks({ west: extra, east: ours }))), 'west', [steering]).get(steering.key);
}

function messages(effect: ReturnType<typeof effectOf>): readonly string[] {
  return effect?.state === 'No' ? effect.obstacles.map(({ code, message }) => `${code}: ${message}`) : [];
}

function withSettings(meshConfig: JsonObject): (found: Snapshot) => Snapshot {
  const set = (istiod: IstiodSettings): IstiodSettings => ({ ...istiod, meshConfig });
  return (found) => ({ ...found, istiods: found.istiods.map(set) });
}

describe('a split', () => {
  test('is in effect where its objects hold and every cluster answers', () => {
    expect(effectOf(split, ours)).toEqual({ state: 'Yes', exceptions: [] });
  });

  test.each<[why: string, extra: readonly KubeObject[], said: string]>([
    ['its rule is gone', ours.slice(1), 'missing: there is no DestinationRule istio-system/isthmus-shop-reviews'],
    ['its routes are gone', ours.slice(0, 1), 'missing: there is no VirtualService istio-system/isthmus-shop-reviews'],
    [
      'it is scaled otherwise',
      [ours[0] as KubeObject, routes(split.object, { west: 50, east: 50 })],
      'other-values: VirtualService istio-system/isthmus-shop-reviews gives west 50, east 50',
    ],
    [
      "a DestinationRule of the service's namespace comes first",
      [...ours, users('DestinationRule', 'shop/mine', { host: 'reviews' })],
      'other-rule: DestinationRule shop/mine holds for callers in namespace shop',
    ],
    [
      'an older rule beside it names the subsets otherwise',
      [
        ...ours,
        users('DestinationRule', 'istio-system/mine', { host, subsets: [{ name: 'east', labels: { version: 'v2' } }] }),
      ],
      'other-rule: DestinationRule istio-system/mine for the same host sets another subset east',
    ],
    [
      'an older VirtualService of the host comes first',
      [
        ...ours,
        users('VirtualService', 'shop/mine', { hosts: ['reviews'], http: [{ route: [{ destination: { host } }] }] }),
      ],
      'other-route: VirtualService shop/mine decides for callers in namespace shop',
    ],
    [
      'an older VirtualService answers by itself',
      [...ours, users('VirtualService', 'shop/mine', { hosts: ['reviews'], http: [{ redirect: { uri: '/' } }] })],
      'other-route: VirtualService shop/mine redirects the request itself',
    ],
    [
      "a Sidecar does not import the root's namespace",
      [...ours, users('Sidecar', 'shop/default', { egress: [{ hosts: ['./*'] }] })],
      'hidden: VirtualService istio-system/isthmus-shop-reviews is not seen by callers in namespace shop',
    ],
    [
      'a pod has no sidecar',
      [
        ...ours,
        object('v1/Namespace', 'shop', { labels: { 'istio-injection': 'enabled' } }),
        pod('shop/bare', '10.1.0.7'),
      ],
      'no-sidecar: shop/bare without a sidecar: nothing steers what they send',
    ],
  ])('is not in effect where %s', (...[, extra, said]) => {
    expect(messages(effectOf(split, extra))).toEqual([said]);
  });

  test('is not in effect where exports keep callers from its rule', () => {
    const effect = effectOf(split, ours, withSettings({ defaultDestinationRuleExportTo: ['.'] }));
    expect(messages(effect)).toEqual([
      'hidden: DestinationRule istio-system/isthmus-shop-reviews is not seen by callers in namespace shop',
    ]);
  });

  test('is not in effect where a cluster that is to answer has no endpoint', () => {
    const gone = (found: Snapshot): Snapshot => ({
      ...found,
      clusters: found.clusters.map((one) =>
        one.cluster === 'east' ? { ...one, objects: one.objects.filter(({ kind }) => kind !== 'EndpointSlice') } : one,
      ),
    });
    expect(messages(effectOf(split, ours, gone))).toEqual([
      `no-endpoint: east has no endpoint of ${host}:80, and 20% of the requests fail`,
    ]);
  });

  test('is not in effect where the other gateway does not know the subset', () => {
    const found = twoNetworks({ west: ours });
    const effect = effectsIn(worldOf(found), 'west', [split]).get(split.key);
    expect(messages(effect)[0]).toMatch(/^lost: requests fail of the 20% that are meant for east: /);
    expect(effect?.state === 'No' && effect.obstacles[0]?.request).toEqual({
      from: 'west/shop/client',
      to: `${host}:80`,
    });
  });

  test('is unknown where a cluster or a kind could not be read', () => {
    const unread = (found: Snapshot): Snapshot => ({
      ...found,
      clusters: found.clusters.filter(({ cluster }) => cluster === 'west'),
      unread: { east: 'it refuses connections' },
    });
    expect(effectOf(split, ours, unread)).toMatchObject({
      state: 'Unknown',
      why: expect.stringContaining('refuses connections'),
    });
    const denied = (found: Snapshot): Snapshot => ({
      ...found,
      unreadKinds: { west: { VirtualService: 'not allowed' } },
    });
    expect(effectOf(split, ours.slice(0, 1), denied)).toMatchObject({
      state: 'Unknown',
      why: expect.stringContaining('VirtualService of west (not allowed)'),
    });
    expect(effectsIn(worldOf(unread(twoNetworks())), 'east', [split]).get(split.key)).toEqual({
      state: 'Unknown',
      why: 'east was not read: it refuses connections',
    });
  });

  test('has nobody to steer where no pod has a sidecar', () => {
    const bare = (found: Snapshot): Snapshot => ({
      ...found,
      clusters: found.clusters.map((one) => ({
        ...one,
        objects: one.objects.filter(({ metadata }) => metadata.namespace !== 'shop'),
      })),
    });
    expect(effectOf(split, ours, bare)).toEqual({ state: 'Unused' });
  });
});

describe('failover', () => {
  const own = [rule(failover.object, failover.rule ?? {})];

  test('is in effect with its own policy and a cluster that can answer', () => {
    expect(effectOf(failover, own)).toEqual({ state: 'Yes', exceptions: [] });
  });

  test('is not in effect under the policy of an older rule', () => {
    const mine = users('DestinationRule', 'istio-system/mine', { host, trafficPolicy: { outlierDetection: {} } });
    expect(messages(effectOf(failover, [...own, mine]))).toEqual([
      'other-rule: DestinationRule istio-system/mine for the same host sets another traffic policy',
    ]);
  });

  test('is not in effect where the other cluster has no endpoint', () => {
    const to = { ...failover, failsOverTo: ['north'] };
    expect(messages(effectOf(to, own))).toEqual([`no-endpoint: north has no endpoint of ${host}:80 to fail over to`]);
  });
});

describe('scope', () => {
  const local = { serviceSettings: [{ settings: { clusterLocal: true }, hosts: [host] }] };

  test('is a setting of istiod, which says so or something else', () => {
    const home = { ...plain, staysInCluster: true };
    expect(effectOf(home, [], withSettings(local))).toEqual({ state: 'Yes', exceptions: [] });
    expect(messages(effectOf(home, []))).toEqual([
      `other-setting: the settings of the istiod of west let requests to ${host} leave the cluster`,
    ]);
    expect(effectOf(plain, [])).toEqual({ state: 'Yes', exceptions: [] });
    expect(messages(effectOf(plain, [], withSettings(local)))).toEqual([
      `other-setting: the settings of the istiod of west keep requests to ${host} in their cluster`,
    ]);
  });

  test('is of no service where there is none of the name', () => {
    const other = { ...plain, host: 'nobody.shop.svc.cluster.local' };
    expect(messages(effectOf(other, []))).toEqual([
      'no-service: no cluster that the istiod of west reads has a Service nobody.shop.svc.cluster.local',
    ]);
  });
});

test('of a pattern, a rule of somebody for one service is an exception, and so is no other MeshService', () => {
  const object = 'istio-system/isthmus-default-all';
  const pattern: Steering = {
    ...failover,
    key: 'default/all',
    host: '*',
    object,
    rule: { host: '*', trafficPolicy: policy },
  };
  const all = [rule(object, pattern.rule ?? {}), service('shop/ratings')];
  const mine = users('DestinationRule', 'shop/mine', { host: 'ratings' });
  const world = worldOf(twoNetworks({ west: [...all, ...ours, mine] }));
  expect(effectsIn(world, 'west', [pattern, split]).get('default/all')).toEqual({
    state: 'Yes',
    exceptions: ['DestinationRule shop/mine holds for callers in namespace shop'],
  });
});
