import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../objects/object.ts';
import { eastWest, istiodOf, object, pod, service, slice, viewOf } from '../testing/fake-objects.ts';
import type { IstiodView } from '../values/model.ts';
import { buildIstiodView, buildIstiodViews } from './view.ts';

const old = '2026-01-01T00:00:00Z';
const young = '2026-02-01T00:00:00Z';

describe('Istio configuration', () => {
  const rule = (path: string, creationTimestamp: string, rest = {}) =>
    object('networking.istio.io/v1/DestinationRule', path, { creationTimestamp, ...rest });

  test('is in the order of creation, then name, then namespace', () => {
    const view = viewOf({ c1: [rule('b/b', young), rule('b/a', young), rule('a/b', young), rule('z/z', old)] });
    const names = view.config.destinationRules.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(names).toEqual(['z/z', 'b/a', 'a/b', 'b/b']);
  });

  test('T11: is that of the config cluster, of its revision, in namespaces that it discovers', () => {
    const namespace = object('v1/Namespace', 'seen', { labels: { mesh: 'on' } });
    const clusters = {
      c1: [
        namespace,
        rule('seen/a', old),
        rule('hidden/b', old),
        rule('seen/c', old, { labels: { 'istio.io/rev': 'x' } }),
      ],
      c2: [namespace, rule('seen/d', old)],
    };
    const meshConfig = { discoverySelectors: [{ matchLabels: { mesh: 'on' } }] };
    const names = viewOf(clusters, { meshConfig, flags: { REVISION: 'default' } }).config.destinationRules.map(
      ({ metadata }) => metadata.name,
    );
    expect(names).toEqual(['a']);
  });

  test('is distinguished by its group, not by its kind alone', () => {
    const gateways = [
      object('networking.istio.io/v1/Gateway', 'a/istio'),
      object('gateway.networking.k8s.io/v1/Gateway', 'a/kubernetes'),
    ];
    const view = viewOf({ c1: [...gateways, object('serving.knative.dev/v1/Service', 'a/knative')] });
    expect(view.config.gateways.map(({ metadata }) => metadata.name)).toEqual(['istio']);
    expect(view.services.size).toBe(0);
  });
});

describe('clusters', () => {
  test('that the istiod does not read, or that are missing, do not count', () => {
    const view = viewOf({ c1: [service('shop/a')], c3: [service('shop/b')] }, { remotes: ['c2', 'c1'] });
    expect([...view.services.keys()]).toEqual(['a.shop.svc.cluster.local']);
  });

  test('of a view without its own config cluster still have services', () => {
    const view = viewOf({ c2: [service('shop/a')] });
    expect(view.services.size).toBe(1);
    expect(view.config.destinationRules).toEqual([]);
  });
});

describe('the views of several istiods', () => {
  test('are those that each would have alone', () => {
    const istiods = [istiodOf(), istiodOf({ cluster: 'c2', remotes: ['c1'] })];
    const clusters = [
      { cluster: 'c1', objects: mesh() },
      { cluster: 'c2', objects: [service('shop/web'), object('v1/Namespace', 'shop')] },
    ];
    const snapshot = { clusters, istiods };
    expect(buildIstiodViews(snapshot).map(contentsOf)).toEqual(
      istiods.map((istiod) => contentsOf(buildIstiodView(snapshot, istiod))),
    );
  });
});

test('shards are computed once', () => {
  const view = viewOf({ c1: mesh() });
  const web = view.services.get('web.shop.svc.cluster.local')?.get('shop');
  expect(web && view.shards(web)).toBe(web && view.shards(web));
});

describe('the order of objects', () => {
  test('does not change the view', () => {
    const wanted = contentsOf(viewOf({ c1: mesh(), c2: mesh() }));
    expect(wanted.endpoints.flatMap(({ shards }) => shards.map(({ endpoints }) => endpoints.length))).toEqual([
      3, 5, 5,
    ]);
    const shuffled = fc.shuffledSubarray(mesh(), { minLength: mesh().length });
    fc.assert(
      fc.property(shuffled, shuffled, (c1, c2) => {
        expect(contentsOf(viewOf({ c1, c2 }))).toEqual(wanted);
      }),
    );
  });
});

describe('objects that nobody has checked', () => {
  test('do no harm, whatever they hold', () => {
    const kinds = [
      'v1/Service',
      'v1/Pod',
      'v1/Node',
      'v1/Namespace',
      'discovery.k8s.io/v1/EndpointSlice',
      'v1/ConfigMap',
    ]
      .concat(
        ['ServiceEntry', 'WorkloadEntry', 'DestinationRule', 'Gateway'].map((kind) => `networking.istio.io/v1/${kind}`),
      )
      .concat(['multicluster.x-k8s.io/v1alpha1/ServiceImport', 'gateway.networking.k8s.io/v1/Gateway']);
    const field = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...fieldNames), fc.jsonValue()));
    const broken = fc.record({
      kind: fc.constantFrom(...kinds),
      name: fc.constantFrom('web', 'shop', 'istio-system', '__proto__', 'constructor'),
      labels: field,
      spec: deepFields(),
      status: deepFields(),
      rest: fc.dictionary(fc.constantFrom('endpoints', 'ports', 'addressType', 'data'), fc.array(deepFields())),
    });
    const flags = { ENABLE_MCS_SERVICE_DISCOVERY: 'true', ENABLE_MCS_HOST: 'true', ISTIO_DUAL_STACK: 'true' };
    fc.assert(
      fc.property(fc.array(broken), deepFields(), deepFields(), (list, meshConfig, networks) => {
        const objects = list.map(({ kind, name, labels, spec, status, rest }) => {
          const made = object(kind, `shop/${name}`, { ...rest, spec, status } as never);
          return { ...made, metadata: { ...made.metadata, labels } } as KubeObject;
        });
        const view = viewOf(
          { c1: [...mesh(), ...objects], c2: objects },
          {
            flags,
            meshConfig: { discoverySelectors: [meshConfig] } as never,
            meshNetworks: { networks: { n1: networks } } as never,
          },
        );
        expect(contentsOf(view)).toBeDefined();
      }),
    );
  });

  test('that are no objects are left out', () => {
    const junk = [
      null,
      1,
      'x',
      [],
      {},
      { apiVersion: 'v1', kind: 'Service' },
      { apiVersion: 'v1', kind: 'Pod', metadata: {} },
    ];
    const view = viewOf({ c1: [...(junk as unknown as KubeObject[]), service('shop/web')] });
    expect([...view.services.keys()]).toEqual(['web.shop.svc.cluster.local']);
  });

  test('may be named like members of every object', () => {
    const labels = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>;
    const names = ['__proto__', 'constructor', 'toString'];
    const objects = names.flatMap((name) => [service(`shop/${name}`), slice(`shop/${name}`, { [name]: '10.1.0.1' })]);
    const view = viewOf({ c1: [...objects, pod('shop/constructor', '10.1.0.1', { labels })] });
    const host = 'constructor.shop.svc.cluster.local';
    const web = view.services.get(host)?.get('shop');
    const [shard] = web === undefined ? [] : view.shards(web);
    expect(view.services.size).toBe(3);
    expect(Object.hasOwn(shard?.endpoints[0]?.labels ?? {}, '__proto__')).toBe(true);
    expect(view.exported('__proto__', '__proto__', '__proto__')).toBe(false);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });
});

const fieldNames = ['app', '__proto__', 'constructor', 'topology.istio.io/network', 'kubernetes.io/service-name'];

/** Values under the names that the model looks for, of any type. */
function deepFields(): fc.Arbitrary<unknown> {
  const names = fc.constantFrom(
    ...fieldNames,
    ...['ports', 'port', 'number', 'addresses', 'address', 'hosts', 'endpoints', 'targetRef', 'conditions', 'selector'],
    ...[
      'workloadSelector',
      'labels',
      'podIP',
      'podIPs',
      'loadBalancer',
      'ingress',
      'gateways',
      'fromCidr',
      'listeners',
    ],
    ...['clusterIP', 'clusterIPs', 'matchLabels', 'matchExpressions', 'containers', 'ips', 'resolution', 'exportTo'],
  );
  return fc.letrec((tie) => ({
    leaf: fc.oneof(fc.constantFrom('web', 'DNS', '10.0.0.1', 'fd00::/8', 'Pod', null, 80, -1, true), fc.jsonValue()),
    list: fc.array(tie('value'), { maxLength: 3 }),
    fields: fc.dictionary(names, tie('value'), { maxKeys: 5 }),
    value: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('list'), tie('fields')),
  })).value;
}

/** A mesh with every kind that the model reads. */
function mesh(): KubeObject[] {
  const spec = { hosts: ['db.example'], resolution: 'STATIC', ports: [{ number: 1, name: 'tcp', protocol: 'TCP' }] };
  const serviceEntry = (name: string, more: object, creationTimestamp: string) =>
    object('networking.istio.io/v1/ServiceEntry', `shop/${name}`, { spec: { ...spec, ...more }, creationTimestamp });
  return [
    object('v1/Namespace', 'istio-system', { labels: { 'topology.istio.io/network': 'n1' } }),
    object('v1/Node', 'node-1', { labels: { 'topology.kubernetes.io/region': 'r' } }),
    service('shop/web', { creationTimestamp: young }),
    service('shop/api', { creationTimestamp: old }),
    slice('shop/web', { a: '10.1.0.1', b: '10.1.0.2' }),
    object('discovery.k8s.io/v1/EndpointSlice', 'shop/web-0', {
      labels: { 'kubernetes.io/service-name': 'web' },
      ports: [{ name: 'http', port: 9090 }],
      endpoints: [{ addresses: ['10.1.0.1', '10.1.0.3'] }],
    }),
    pod('shop/a', '10.1.0.1', { labels: { app: 'web' }, spec: { nodeName: 'node-1' } }),
    pod('shop/b', '10.1.0.3', { labels: { app: 'db' } }),
    pod('shop/c', '10.1.0.3', { labels: { app: 'db' } }),
    object('networking.istio.io/v1/WorkloadEntry', 'shop/vm-1', {
      spec: { address: '10.0.0.1', labels: { app: 'web' } },
    }),
    object('networking.istio.io/v1/WorkloadEntry', 'shop/vm-2', {
      spec: { address: '10.0.0.2', labels: { app: 'web' } },
    }),
    serviceEntry('one', { endpoints: [{ address: '10.0.0.3' }] }, young),
    serviceEntry('two', { workloadSelector: { labels: { app: 'db' } } }, young),
    serviceEntry('three', { endpoints: [{ address: '10.0.0.4' }], ports: [] }, old),
    object('networking.istio.io/v1/DestinationRule', 'shop/web', { creationTimestamp: old }),
    object('networking.istio.io/v1/DestinationRule', 'shop/api', { creationTimestamp: old }),
    eastWest('n1', '1.1.1.1'),
    object('gateway.networking.k8s.io/v1/Gateway', 'shop/gw', {
      labels: { 'topology.istio.io/network': 'n2' },
      spec: { addresses: [{ type: 'IPAddress', value: '1.1.1.1' }], listeners: [{ port: 15_443, tls: {} }] },
    }),
  ];
}

/** All that a view holds, as plain data in the view's own order. */
function contentsOf(view: IstiodView) {
  const services = [...view.services].flatMap(([host, namespaces]) =>
    [...namespaces].map((entry) => [host, ...entry] as const),
  );
  return {
    services,
    endpoints: services.map(([host, , one]) => ({ host, shards: view.shards(one) })),
    config: view.config,
    gateways: {
      ...view.gateways,
      byNetwork: [...view.gateways.byNetwork],
      byBoth: [...view.gateways.byNetworkAndCluster],
    },
    pod: view.pod('c1', 'shop', 'a'),
  };
}
