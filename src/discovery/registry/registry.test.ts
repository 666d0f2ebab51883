import { describe, expect, test } from 'vitest';
import { endpointsIn, istiodOf, object, pod, service, slice, viewOf } from '../testing/fake-objects.ts';
import { buildIstiodViews } from './view.ts';

const host = 'web.shop.svc.cluster.local';
const network = 'topology.istio.io/network';

function systemNamespace(value: string) {
  return object('v1/Namespace', 'istio-system', { labels: { [network]: value } });
}

describe('the network of an endpoint', () => {
  const objects = [
    service('shop/web'),
    slice('shop/web', { a: '10.1.0.1', b: '10.1.0.2' }),
    pod('shop/a', '10.1.0.1', { labels: { [network]: 'pod-net' } }),
    pod('shop/b', '10.1.0.2'),
  ];
  const networksOf = (more: readonly ReturnType<typeof object>[], meshNetworks = {}) =>
    endpointsIn(viewOf({ c1: [...objects, ...more] }, { meshNetworks }), host, 'shop').map((one) => one.network);
  const claimed = { networks: { 'mesh-net': { endpoints: [{ fromRegistry: 'c1' }] } } };

  test('is the label of the pod, else of the system namespace, else what meshNetworks says', () => {
    expect(networksOf([])).toEqual(['pod-net', '']);
    expect(networksOf([], claimed)).toEqual(['pod-net', 'mesh-net']);
    expect(networksOf([systemNamespace('ns-net')], claimed)).toEqual(['pod-net', 'ns-net']);
  });

  test('by address is that of the broadest range, and of none where the cluster is claimed', () => {
    const ranges = {
      narrow: { endpoints: [{ fromCidr: '10.1.0.0/24' }] },
      wide: { endpoints: [{ fromCidr: '10.0.0.0/8' }, { fromCidr: 'fd00::/8' }] },
    };
    expect(networksOf([], { networks: ranges })).toEqual(['pod-net', 'wide']);
    expect(networksOf([], { networks: { ...ranges, ...claimed.networks } })).toEqual(['pod-net', 'mesh-net']);
  });

  test('is found by the second address of a pod where the first is in no network', () => {
    const view = viewOf(
      { c1: [service('shop/web'), pod('shop/a', '192.168.0.1'), slice('shop/web', { a: 'fd00::1' })] },
      { meshNetworks: { networks: { six: { endpoints: [{ fromCidr: 'fd00::/8' }] } } } },
    );
    expect(endpointsIn(view, host, 'shop')).toMatchObject([{ network: 'six', labels: { [network]: 'six' } }]);
  });
});

describe('T22: the trust domain of a remote pod', () => {
  const remote = [slice('shop/web', { a: '10.2.0.1' }), pod('shop/a', '10.2.0.1')];
  const account = (configMap: readonly ReturnType<typeof object>[], flags = {}) =>
    endpointsIn(
      viewOf(
        { c1: [service('shop/web')], c2: [...remote, ...configMap] },
        { meshConfig: { trustDomain: 'own' }, flags },
      ),
      host,
      'shop',
    )[0]?.serviceAccount;
  const configMap = (name: string, mesh: string) => object('v1/ConfigMap', `istio-system/${name}`, { data: { mesh } });

  test("is that of the remote cluster's own ConfigMap", () => {
    expect(account([configMap('istio', 'trustDomain: remote')])).toBe('spiffe://remote/ns/shop/sa/default');
    expect(account([configMap('istio', '{"trustDomain": "a@b"}')])).toBe('spiffe://a.b/ns/shop/sa/default');
  });

  test("is the default where the ConfigMap is missing or unreadable, not the istiod's own", () => {
    expect(account([])).toBe('spiffe://cluster.local/ns/shop/sa/default');
    expect(account([configMap('istio', 'a: [')])).toBe('spiffe://cluster.local/ns/shop/sa/default');
    expect(account([configMap('istio', 'trustDomain: ""')])).toBe('spiffe://own/ns/shop/sa/default');
  });

  test('is that of the istiod that the remote cluster has itself', () => {
    const istiods = [istiodOf(), istiodOf({ cluster: 'c2', meshConfig: { trustDomain: 'theirs' } })];
    const clusters = [
      { cluster: 'c1', objects: [service('shop/web')] },
      { cluster: 'c2', objects: remote },
    ];
    const [view] = buildIstiodViews({ clusters, istiods });
    expect(view && endpointsIn(view, host, 'shop')[0]?.serviceAccount).toBe('spiffe://theirs/ns/shop/sa/default');
  });

  test('is read from the ConfigMap of the revision', () => {
    const configMaps = [configMap('istio', 'trustDomain: old'), configMap('istio-canary', 'trustDomain: new')];
    expect(account(configMaps, { REVISION: 'canary' })).toBe('spiffe://new/ns/shop/sa/default');
    expect(account(configMaps, { REVISION: 'default' })).toBe('spiffe://old/ns/shop/sa/default');
  });
});

describe('discoverySelectors', () => {
  const labelled = object('v1/Namespace', 'shop', { labels: { mesh: 'on' } });
  const unlabelled = object('v1/Namespace', 'shop');
  const objects = [service('shop/web'), slice('shop/web', { a: '10.1.0.1' }), pod('shop/a', '10.1.0.1')];

  test('of the istiod hold in remote clusters, by their own namespaces', () => {
    const meshConfig = { discoverySelectors: [{ matchLabels: { mesh: 'on' } }] };
    const view = viewOf({ c1: [...objects, unlabelled], c2: [...objects, labelled] }, { meshConfig });
    expect(view.services.get(host)?.get('shop')?.clusters).toEqual(['c2']);
    expect(endpointsIn(view, host, 'shop').map(({ cluster }) => cluster)).toEqual(['c2']);
    expect(view.pod('c1', 'shop', 'a')).toBeUndefined();
    expect(view.pod('c2', 'shop', 'a')).toBeDefined();
  });

  test('do not hide the network label of the system namespace', () => {
    const meshConfig = { discoverySelectors: [{ matchLabels: { mesh: 'on' } }] };
    const view = viewOf({ c1: [...objects, labelled, systemNamespace('n1')] }, { meshConfig });
    expect(endpointsIn(view, host, 'shop')).toMatchObject([{ network: 'n1' }]);
  });

  test('that istiod cannot read select everything', () => {
    const meshConfig = { discoverySelectors: [{ matchExpressions: [{ key: 'mesh', operator: 'Sometimes' }] }] };
    expect(viewOf({ c1: [...objects, unlabelled] }, { meshConfig }).services.has(host)).toBe(true);
  });
});

describe('the pod of a proxy', () => {
  test('has augmented labels and its locality', () => {
    const labels = { app: 'web', 'istio-locality': 'r.z.s' };
    const view = viewOf({ c1: [pod('shop/a', '10.1.0.1', { labels, spec: { nodeName: 'gone' } })] });
    expect(view.pod('c1', 'shop', 'a')).toMatchObject({
      locality: 'r/z/s',
      node: 'gone',
      labels: {
        ...labels,
        'topology.kubernetes.io/region': 'r',
        'topology.kubernetes.io/zone': 'z',
        'topology.istio.io/subzone': 's',
        'kubernetes.io/hostname': 'gone',
        'topology.istio.io/cluster': 'c1',
      },
    });
    expect(view.pod('c1', 'shop', 'b')).toBeUndefined();
    expect(view.pod('c9', 'shop', 'a')).toBeUndefined();
  });
});
