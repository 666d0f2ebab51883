import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { ask, fakeConfig, viewOf } from '../testing/fake-view.ts';
import type { ProxyNode } from '../values/model.ts';

const localities = ['r1/z1/s1', 'r1/z1/s2', 'r1/z2/s1', 'r2/z1/s1', 'r3/z1/s1'];
const labelsOf = (locality: string): Record<string, string> => {
  const [region = '', zone = '', subzone = ''] = locality.split('/');
  return {
    'topology.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': zone,
    'topology.istio.io/subzone': subzone,
  };
};
const pods = localities.map((locality, index) => ({
  locality,
  address: `10.1.0.${index + 1}`,
  labels: { ...labelsOf(locality), app: index % 2 === 0 ? 'even' : 'odd' },
}));
const client: Partial<ProxyNode> = { labels: labelsOf('r1/z1/s1') };
const outlierDetection = { consecutive5xxErrors: 5 };

function rule(trafficPolicy: JsonObject): ReturnType<typeof fakeConfig> {
  return fakeConfig('DestinationRule', 'shop/reviews', { host: 'reviews', trafficPolicy });
}

function priorities(trafficPolicy: JsonObject | undefined, rest: Parameters<typeof viewOf>[1] = {}, proxy = client) {
  const config = trafficPolicy === undefined ? [] : [rule(trafficPolicy)];
  const result = ask(viewOf(pods, { config, ...rest }), proxy);
  return Object.fromEntries(result.endpoints.map(({ locality, priority }) => [locality, priority]));
}

describe('failover by locality', () => {
  test('region, zone and subzone that match make the priority, without gaps', () => {
    expect(priorities({ outlierDetection })).toEqual({
      'r1/z1/s1': 0,
      'r1/z1/s2': 1,
      'r1/z2/s1': 2,
      'r2/z1/s1': 3,
      'r3/z1/s1': 3,
    });
    expect(priorities({ outlierDetection }, {}, { labels: labelsOf('r3/z1/s9') })).toEqual({
      'r1/z1/s1': 1,
      'r1/z1/s2': 1,
      'r1/z2/s1': 1,
      'r2/z1/s1': 1,
      'r3/z1/s1': 0,
    });
  });

  test('a failover rule puts regions that it does not name last', () => {
    const localityLbSetting = { failover: [{ from: 'r1', to: 'r3' }] };
    expect(priorities({ outlierDetection, loadBalancer: { localityLbSetting } })).toMatchObject({
      'r3/z1/s1': 3,
      'r2/z1/s1': 4,
    });
  });

  test('T18: without outlier detection of the DestinationRule there is none, whatever the mesh’s default', () => {
    expect(new Set(Object.values(priorities(undefined)))).toEqual(new Set([0]));
    const meshConfig = { defaultTrafficPolicy: { outlierDetection } };
    expect(new Set(Object.values(priorities({}, { meshConfig })))).toEqual(new Set([0]));
  });

  test('it is switched off by enabled false, in the mesh or the rule', () => {
    const off = { enabled: false };
    expect(
      new Set(Object.values(priorities({ outlierDetection }, { meshConfig: { localityLbSetting: off } }))),
    ).toEqual(new Set([0]));
    const inRule = priorities({ outlierDetection, loadBalancer: { localityLbSetting: off } });
    expect(new Set(Object.values(inRule))).toEqual(new Set([0]));
  });

  test('settings of the port replace those of the host, so that outlier detection above does not count', () => {
    const portLevelSettings = [{ port: { number: 80 }, loadBalancer: { simple: 'RANDOM' } }];
    expect(new Set(Object.values(priorities({ outlierDetection, portLevelSettings })))).toEqual(new Set([0]));
  });

  test('a group that lost its hosts still takes a priority', () => {
    const remote = [
      { locality: 'r1/z1/s2', cluster: 'c2', network: 'n2', address: '20.0.0.1', tlsMode: 'disabled' },
      { locality: 'r2/z1/s1', address: '10.1.0.1' },
    ];
    const config = [rule({ outlierDetection })];
    const view = viewOf(remote, { config, gateways: [{ network: 'n2', address: '2.2.2.2' }] });
    const result = ask(view, { ...client, network: 'n1' });
    expect(result.endpoints).toMatchObject([{ locality: 'r2/z1/s1', priority: 1 }]);
    expect(result.effective).toMatchObject([{ share: 100 }]);
  });

  test('pods behind a gateway count by their own locality', () => {
    const remote = { locality: 'r2/z1/s1', cluster: 'c2', network: 'n2', address: '20.0.0.1' };
    const view = viewOf([...pods.slice(0, 1), remote], {
      config: [rule({ outlierDetection })],
      gateways: [{ network: 'n2', address: '2.2.2.2' }],
    });
    expect(ask(view, { ...client, network: 'n1' }).endpoints.map(({ priority }) => priority)).toEqual([0, 1]);
  });
});

describe('failover by labels', () => {
  const byLabels = (failoverPriority: readonly string[], more: JsonObject = {}): JsonObject => ({
    outlierDetection,
    loadBalancer: { localityLbSetting: { failoverPriority, ...more } },
  });
  const region = 'topology.kubernetes.io/region';
  const zone = 'topology.kubernetes.io/zone';

  test('the first label that does not match decides; parts of one locality may differ', () => {
    expect(priorities(byLabels([region, zone]))).toEqual({
      'r1/z1/s1': 0,
      'r1/z1/s2': 0,
      'r1/z2/s1': 1,
      'r2/z1/s1': 2,
      'r3/z1/s1': 2,
    });
    const shared = pods.slice(0, 2).map((pod) => ({ ...pod, locality: 'r1/z1/s1' }));
    const view = viewOf(shared, { config: [rule(byLabels(['app']))] });
    const result = ask(view, { labels: { ...client.labels, app: 'odd' } });
    expect(result.endpoints.map(({ address, priority }) => [address, priority])).toEqual([
      ['10.1.0.2:8080', 0],
      ['10.1.0.1:8080', 1],
    ]);
  });

  test('a value after = stands for the client’s', () => {
    expect(priorities(byLabels(['app=odd']))).toMatchObject({ 'r1/z1/s1': 1, 'r1/z1/s2': 0 });
  });

  test('another network comes after everything of the own one', () => {
    const local = [
      { ...pods[0], labels: { ...labelsOf('r9/z/s'), 'topology.istio.io/network': 'n1' }, network: 'n1' },
      { ...pods[1], address: '20.0.0.1', cluster: 'c2', network: 'n2', labels: { 'topology.istio.io/network': 'n2' } },
    ];
    const view = viewOf(local, {
      service: { trafficDistribution: 'PreferSameZone' },
      gateways: [{ network: 'n2', address: '2.2.2.2' }],
    });
    const result = ask(view, { ...client, network: 'n1' });
    expect(result.endpoints.map(({ via, priority }) => [via, priority])).toEqual([
      ['pod', 0],
      ['gateway', 1],
    ]);
  });

  test('a failover list on top multiplies and compacts', () => {
    const setting = byLabels(['app'], { failover: [{ from: 'r1', to: 'r2' }] });
    expect(priorities(setting, {}, { labels: { ...client.labels, app: 'odd' } })).toEqual({
      'r1/z1/s1': 2,
      'r1/z1/s2': 0,
      'r1/z2/s1': 3,
      'r2/z1/s1': 1,
      'r3/z1/s1': 4,
    });
  });

  test('trafficDistribution needs no outlier detection, and the rule’s setting replaces it', () => {
    const service = { trafficDistribution: 'PreferSameZone' } as const;
    expect(priorities(undefined, { service })).toMatchObject({ 'r1/z1/s1': 0, 'r1/z2/s1': 1, 'r2/z1/s1': 2 });
    const localityLbSetting = { enabled: true };
    expect(new Set(Object.values(priorities({ loadBalancer: { localityLbSetting } }, { service })))).toEqual(
      new Set([0]),
    );
  });
});

describe('distribution', () => {
  const distribute = (to: JsonObject, from = 'r1/z1/*'): JsonObject => ({
    loadBalancer: { localityLbSetting: { distribute: [{ from, to }] } },
  });

  test('weights of localities are as asked for, rounded up; localities that are not named lose their hosts', () => {
    const view = viewOf(pods, { config: [rule(distribute({ 'r1/z1/*': 80, 'r2/*': 20 }))] });
    const result = ask(view, client);
    expect(result.envoyCluster.localityWeighted).toBe(true);
    expect(result.effective.map(({ locality, share }) => [locality, share])).toEqual([
      ['r1/z1/s1', 40],
      ['r1/z1/s2', 40],
      ['r2/z1/s1', 20],
    ]);
    expect(result.excluded.map(({ address, reason }) => [address, reason])).toEqual([
      ['10.1.0.3:8080', 'distributed-away'],
      ['10.1.0.5:8080', 'distributed-away'],
    ]);
  });

  test('a wildcard’s share is divided by weight and rounded up', () => {
    const uneven = pods.map((pod, index) => ({ ...pod, weight: index + 1 }));
    const view = viewOf(uneven, { config: [rule(distribute({ 'r1/*': 70, 'r2/*': 30 }))] });
    // 70 by 1 : 2 : 3 is 11.67, 23.33 and 35; the share of r2 stays 30.
    const shares = ask(view, client).effective.map(({ share }) => Math.round(share * 100) / 100);
    expect(shares).toEqual([1200, 2400, 3500, 3000].map((weight) => Math.round((weight / 101) * 100) / 100));
  });

  test('no rule for the client’s locality changes nothing, not even priorities', () => {
    const policy = { ...distribute({ 'r1/*': 100 }, 'r7/*'), outlierDetection };
    expect(new Set(Object.values(priorities(policy)))).toEqual(new Set([0]));
  });
});

describe('zone awareness', () => {
  test('regions make the priorities, and enabled false leaves all as it was', () => {
    const loadBalancer = { zoneAwareLbSetting: { failover: [{ from: 'r1', to: 'r3' }] } };
    expect(priorities({ loadBalancer })).toEqual({
      'r1/z1/s1': 0,
      'r1/z1/s2': 0,
      'r1/z2/s1': 0,
      'r2/z1/s1': 2,
      'r3/z1/s1': 1,
    });
    const off = { loadBalancer: { zoneAwareLbSetting: { enabled: false } }, outlierDetection };
    expect(new Set(Object.values(priorities(off)))).toEqual(new Set([0]));
  });
});

test('the client’s locality comes from its pod, else from the proxy itself', () => {
  const config = [rule({ outlierDetection })];
  const known = { 'c1/shop/client': { labels: labelsOf('r2/z1/s1'), locality: 'r2/z1/s1', node: '' } };
  const ofPod = ask(viewOf(pods, { config, pods: known }), client);
  expect(ofPod.endpoints.find(({ locality }) => locality === 'r2/z1/s1')?.priority).toBe(0);
  const ofProxy = ask(viewOf(pods, { config }), { labels: {}, locality: 'r3/z1/s1' });
  expect(ofProxy.endpoints.find(({ locality }) => locality === 'r3/z1/s1')?.priority).toBe(0);
});
