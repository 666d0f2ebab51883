import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { endpointsIn, object, pod, service, serviceIn, slice, viewOf } from '../testing/fake-objects.ts';

const host = 'db.example';

function entry(name: string, spec: JsonObject, rest: JsonObject = {}) {
  const ports = [{ number: 443, name: 'tls', protocol: 'tls' }];
  const full = { hosts: [host], resolution: 'STATIC', location: 'MESH_INTERNAL', ports, ...spec };
  return object('networking.istio.io/v1/ServiceEntry', `shop/${name}`, { spec: full, ...rest });
}

function workload(name: string, spec: JsonObject, rest: JsonObject = {}) {
  return object('networking.istio.io/v1/WorkloadEntry', `shop/${name}`, { spec, ...rest });
}

const selector = { workloadSelector: { labels: { app: 'db' } } };

describe('a ServiceEntry', () => {
  test('is a service for each host, with the fields of its spec', () => {
    const spec = {
      hosts: [host, 'other.example'],
      addresses: ['240.0.0.1/32'],
      exportTo: ['.'],
      subjectAltNames: ['spiffe://x'],
      resolution: 'DNS',
      ports: [{ number: 443, name: 'tls', protocol: 'TLS', targetPort: 8443 }],
    };
    const annotations = { 'networking.istio.io/traffic-distribution': 'PreferClose' };
    const view = viewOf({ c1: [entry('db', spec, { labels: { a: 'b' }, annotations })] });
    expect([...view.services.keys()]).toEqual([host, 'other.example']);
    expect(serviceIn(view, host, 'shop')).toEqual({
      host,
      name: host,
      namespace: 'shop',
      provider: 'External',
      definedIn: 'c1',
      clusters: ['c1'],
      resolution: 'DNS',
      meshExternal: false,
      ports: [expect.objectContaining({ name: 'tls', port: 443, protocol: 'TLS', targetPort: 8443 })],
      labels: { a: 'b' },
      exportTo: new Set(['.']),
      vips: new Map(),
      defaultAddress: '240.0.0.1',
      trafficDistribution: 'PreferSameZone',
      nodeLocal: false,
      publishNotReady: false,
      creationTime: '',
      serviceAccounts: ['spiffe://x'],
    });
  });

  test.each([
    [{ resolution: 'STATIC' }, 'ClientSideLB'],
    [{ resolution: 'DNS_ROUND_ROBIN' }, 'DNSRoundRobin'],
    [{ resolution: 'DYNAMIC_DNS' }, 'DynamicDNS'],
    [{ resolution: 'NONE' }, 'Passthrough'],
    [{ resolution: null }, 'Passthrough'],
  ])('with %j is resolved as %s', (spec, resolution) => {
    expect(serviceIn(viewOf({ c1: [entry('db', spec)] }), host, 'shop').resolution).toBe(resolution);
  });

  test('is outside of the mesh unless it says otherwise', () => {
    expect(serviceIn(viewOf({ c1: [entry('db', { location: null })] }), host, 'shop').meshExternal).toBe(true);
  });

  test('T11: counts in the config cluster only', () => {
    expect(viewOf({ c1: [], c2: [entry('db', {})] }).services.size).toBe(0);
  });

  test('with addresses of which none is one is no service', () => {
    expect(viewOf({ c1: [entry('db', { addresses: ['db.example', '10.0.0.0/40'] })] }).services.size).toBe(0);
  });

  test('gives way to a Kubernetes service, then to an older entry, of its host and namespace', () => {
    const ports = [{ number: 1, name: 'old' }];
    const older = entry('z', { ports }, { creationTimestamp: '2026-01-01T00:00:00Z' });
    const newer = entry('a', {}, { creationTimestamp: '2026-01-02T00:00:00Z' });
    expect(serviceIn(viewOf({ c1: [newer, older] }), host, 'shop').ports).toMatchObject([{ name: 'old' }]);
    const hosts = ['web.shop.svc.cluster.local'];
    const view = viewOf({ c1: [entry('web', { hosts }), service('shop/web')] });
    expect(serviceIn(view, 'web.shop.svc.cluster.local', 'shop').provider).toBe('Kubernetes');
  });

  test('takes or leaves the identities that a service names: those of the youngest count', () => {
    const hosts = ['web.shop.svc.cluster.local'];
    const annotations = { 'alpha.istio.io/kubernetes-serviceaccounts': 'web' };
    const web = (creationTimestamp: string) => service('shop/web', { annotations, creationTimestamp });
    const accounts = (creationTimestamp: string) => {
      const own = entry('web', { hosts, subjectAltNames: ['x'] }, { creationTimestamp: '2026-01-02T00:00:00Z' });
      return serviceIn(viewOf({ c1: [own, web(creationTimestamp)] }), 'web.shop.svc.cluster.local', 'shop')
        .serviceAccounts;
    };
    expect(accounts('2026-01-01T00:00:00Z')).toEqual(['x']);
    expect(accounts('2026-01-03T00:00:00Z')).toEqual(['spiffe://cluster.local/ns/shop/sa/web']);
  });

  test('of a namespace and of another are two services of one host', () => {
    const other = object('networking.istio.io/v1/ServiceEntry', 'other/db', { spec: { hosts: [host], ports: [] } });
    expect([
      ...(viewOf({ c1: [entry('db', {}), other] })
        .services.get(host)
        ?.keys() ?? []),
    ]).toEqual(['other', 'shop']);
  });
});

describe('endpoints in a ServiceEntry', () => {
  test('have what they say themselves', () => {
    const endpoints = [
      {
        address: '10.0.0.1',
        network: 'n7',
        locality: 'r/z',
        weight: 5,
        serviceAccount: 'db',
        labels: { a: 'b' },
        ports: { tls: 9443 },
      },
      { address: '10.0.0.2', labels: { 'security.istio.io/tlsMode': 'disabled', 'istio-locality': 'r.z' } },
    ];
    const view = viewOf({ c1: [entry('db', { endpoints })] }, { meshConfig: { trustDomain: 'td' } });
    expect(view.shards(serviceIn(view, host, 'shop'))).toMatchObject([{ provider: 'External', cluster: 'c1' }]);
    expect(endpointsIn(view, host, 'shop')).toMatchObject([
      {
        address: '10.0.0.1',
        port: 9443,
        portName: 'tls',
        network: 'n7',
        cluster: 'c1',
        locality: 'r/z',
        weight: 5,
        tlsMode: 'istio',
        serviceAccount: 'spiffe://td/ns/shop/sa/db',
        namespace: 'shop',
        workload: 'db-0',
        labels: {
          a: 'b',
          'topology.kubernetes.io/region': 'r',
          'topology.kubernetes.io/zone': 'z',
          'topology.istio.io/cluster': 'c1',
          'topology.istio.io/network': 'n7',
        },
      },
      { port: 443, tlsMode: 'disabled', serviceAccount: '', locality: 'r/z', weight: 1, network: '' },
    ]);
  });

  test('T7: are in the network that they name, not in that of the namespace, of meshNetworks or of a label', () => {
    const endpoints = [{ address: '10.0.0.1' }, { address: '10.0.0.2', labels: { 'topology.istio.io/network': 'n2' } }];
    const namespace = object('v1/Namespace', 'istio-system', { labels: { 'topology.istio.io/network': 'n1' } });
    const [first, second] = endpointsIn(viewOf({ c1: [entry('db', { endpoints }), namespace] }), host, 'shop');
    expect([first?.network, second?.network]).toEqual(['', '']);
    expect(first?.labels['topology.istio.io/network']).toBeUndefined();
    expect(second?.labels['topology.istio.io/network']).toBe('n2');
  });

  test('take the target port where they have no port of that name', () => {
    const ports = [{ number: 443, name: 'tls', targetPort: 8443 }];
    const endpoints = [{ address: '10.0.0.1', ports: { other: 1 } }, { address: 'unix:///run/db.sock' }];
    expect(endpointsIn(viewOf({ c1: [entry('db', { ports, endpoints })] }), host, 'shop')).toMatchObject([
      { address: '10.0.0.1', port: 8443 },
      { address: '/run/db.sock', port: 0 },
    ]);
  });

  test('T24: may have no address at all', () => {
    const endpoints = [{ network: 'n2' }];
    expect(endpointsIn(viewOf({ c1: [entry('db', { endpoints })] }), host, 'shop')).toMatchObject([
      { address: '', network: 'n2' },
    ]);
  });

  test('are there once for each address of the entry, and over all entries of the host', () => {
    const endpoints = [{ address: '10.0.0.1' }];
    const first = entry('a', { endpoints, addresses: ['240.0.0.1', '240.0.0.2', '240.0.0.2'] });
    const second = entry('b', { endpoints: [{ address: '10.0.0.2' }] });
    const addresses = endpointsIn(viewOf({ c1: [second, first] }), host, 'shop').map(({ address }) => address);
    expect(addresses).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.2']);
  });

  test('are the host itself where DNS finds them, and one for each port in round robin', () => {
    const dns = endpointsIn(viewOf({ c1: [entry('db', { resolution: 'DNS' })] }), host, 'shop');
    expect(dns).toMatchObject([{ address: host, port: 443, tlsMode: 'disabled', network: '', workload: 'db' }]);
    const endpoints = [{ address: 'a.example' }, { address: 'b.example' }];
    const rotated = endpointsIn(
      viewOf({ c1: [entry('db', { resolution: 'DNS_ROUND_ROBIN', endpoints })] }),
      host,
      'shop',
    );
    expect(rotated.map(({ address }) => address)).toEqual(['a.example']);
  });

  test('join those of the Kubernetes service of the same host and namespace', () => {
    const hosts = ['web.shop.svc.cluster.local'];
    const own = entry('web', { hosts, endpoints: [{ address: '10.0.0.1' }] });
    const view = viewOf({
      c1: [own, service('shop/web'), slice('shop/web', { a: '10.1.0.1' }), pod('shop/a', '10.1.0.1')],
    });
    const shards = view.shards(serviceIn(view, 'web.shop.svc.cluster.local', 'shop'));
    expect(shards.map(({ provider, endpoints }) => [provider, endpoints.length])).toEqual([
      ['External', 1],
      ['Kubernetes', 1],
    ]);
  });
});

describe('a ServiceEntry with workloadSelector', () => {
  const labels = { app: 'db' };
  const containers = [{ ports: [{ name: 'tls', containerPort: 9443, protocol: 'TCP' }] }];

  test('selects ready pods of every cluster; they keep their cluster, in the shard of the config cluster', () => {
    const notReady = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };
    const namespace = object('v1/Namespace', 'istio-system', { labels: { 'topology.istio.io/network': 'n2' } });
    const view = viewOf({
      c1: [entry('db', selector), pod('shop/a', '10.1.0.1', { labels }), pod('other/b', '10.1.0.2', { labels })],
      c2: [
        namespace,
        pod('shop/c', '10.2.0.1', { labels, spec: { containers } }),
        pod('shop/d', '10.2.0.2', { labels, ...notReady }),
        object('v1/Pod', 'shop/e', { labels, status: { phase: 'Running' } }),
      ],
    });
    expect(view.shards(serviceIn(view, host, 'shop'))).toMatchObject([{ provider: 'External', cluster: 'c1' }]);
    expect(endpointsIn(view, host, 'shop')).toMatchObject([
      { address: '10.1.0.1', cluster: 'c1', port: 443, network: '' },
      { address: '10.2.0.1', cluster: 'c2', port: 9443, network: 'n2', workload: 'c' },
    ]);
    const flags = { PILOT_ENABLE_SERVICEENTRY_SELECT_PODS: 'false' };
    expect(
      endpointsIn(
        viewOf({ c1: [entry('db', selector), pod('shop/a', '10.1.0.1', { labels })] }, { flags }),
        host,
        'shop',
      ),
    ).toEqual([]);
  });

  test('selects WorkloadEntries of every cluster by their merged labels, after the pods', () => {
    const view = viewOf({
      c1: [
        entry('db', selector),
        pod('shop/z', '10.1.0.1', { labels }),
        workload('vm-1', { address: '10.0.0.1', labels: { app: 'x' } }, { labels }),
        workload('vm-2', { address: '10.0.0.2', labels }, { labels: { app: 'x' } }),
      ],
      c2: [
        object('v1/Namespace', 'istio-system', { labels: { 'topology.istio.io/network': 'n2' } }),
        workload('vm-3', { address: '10.0.0.3', labels }),
        workload('vm-4', { address: 'vm.example', labels }),
      ],
    });
    const found = endpointsIn(view, host, 'shop');
    expect(found.map(({ address, cluster, network }) => [address, cluster, network])).toEqual([
      ['10.1.0.1', 'c1', ''],
      ['10.0.0.1', 'c1', ''],
      ['10.0.0.3', 'c2', ''],
    ]);
    // Trap T7 again: what istiod finds out for a remote entry reaches its labels only.
    expect(found[2]?.labels['topology.istio.io/network']).toBe('n2');
  });

  test('selects WorkloadEntries with a host name where proxies resolve by DNS, of the config cluster only', () => {
    const objects = [workload('vm-1', { address: 'vm.example', labels })];
    const addresses = (resolution: string) =>
      endpointsIn(
        viewOf({
          c1: [entry('db', { ...selector, resolution }), ...objects],
          c2: [workload('vm-2', { address: 'two.example', labels })],
        }),
        host,
        'shop',
      ).map(({ address }) => address);
    expect(addresses('STATIC')).toEqual([]);
    expect(addresses('DNS')).toEqual(['vm.example']);
  });

  test('knows one workload of a name: that of the config cluster, else of the last cluster', () => {
    const view = viewOf({
      c1: [
        entry('db', selector),
        pod('shop/db-0', '10.1.0.1', { labels }),
        workload('vm', { address: '10.0.0.1', labels }),
      ],
      c2: [pod('shop/db-0', '10.2.0.1', { labels }), workload('vm', { address: '10.0.0.2', labels })],
    });
    expect(endpointsIn(view, host, 'shop').map(({ address }) => address)).toEqual(['10.2.0.1', '10.0.0.1']);
  });

  test('leaves out WorkloadEntries whose health check has not passed', () => {
    const annotations = { 'proxy.istio.io/health-checks-enabled': 'true' };
    const status = (value: string) => ({ status: { conditions: [{ type: 'Healthy', status: value }] } });
    const objects = [
      entry('db', selector),
      workload('good', { address: '10.0.0.1', labels }, { annotations, ...status('True') }),
      workload('bad', { address: '10.0.0.2', labels }, { annotations, ...status('False') }),
      workload('new', { address: '10.0.0.3', labels }, { annotations }),
    ];
    const addresses = (flags: Record<string, string>) =>
      endpointsIn(viewOf({ c1: objects }, { flags }), host, 'shop').map(({ address }) => address);
    expect(addresses({})).toEqual(['10.0.0.1']);
    expect(addresses({ PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS: 'false' })).toHaveLength(3);
  });
});

describe('a Service that selects WorkloadEntries', () => {
  const labels = { app: 'web' };
  const name = 'web.shop.svc.cluster.local';
  const ports = [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'named', port: 81, targetPort: 'admin' },
    { name: 'plain', port: 82 },
  ];
  const web = service('shop/web', { spec: { ports } });

  test('takes those of its own cluster, at the ports that both agree on', () => {
    const view = viewOf({
      c1: [web, workload('vm-1', { address: '10.0.0.1', labels, serviceAccount: 'vm' })],
      c2: [web, workload('vm-2', { address: '10.0.0.2', labels, ports: { http: 1, admin: 2, plain: 3 } })],
    });
    const found = view
      .shards(serviceIn(view, name, 'shop'))
      .flatMap(({ cluster, endpoints }) =>
        endpoints.map(({ address, port, portName }) => `${cluster} ${address} ${portName} ${port}`),
      );
    expect(found).toEqual([
      'c1 10.0.0.1 http 8080',
      'c1 10.0.0.1 plain 82',
      'c2 10.0.0.2 http 1',
      'c2 10.0.0.2 named 2',
      'c2 10.0.0.2 plain 82',
    ]);
  });

  test('takes none where it is headless, selects nothing, or the flags say so', () => {
    const vm = workload('vm', { address: '10.0.0.1', labels });
    const count = (spec: JsonObject, flags: Record<string, string> = {}, clusters = ['c1']) => {
      const objects = [service('shop/web', { spec }), vm];
      const view = viewOf(Object.fromEntries(clusters.map((cluster) => [cluster, objects])), { flags });
      return endpointsIn(view, name, 'shop').length;
    };
    expect(count({})).toBe(1);
    expect(count({ clusterIP: 'None' })).toBe(0);
    expect(count({ selector: {} })).toBe(0);
    expect(count({ selector: null })).toBe(0);
    expect(count({}, { PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES: 'false' })).toBe(0);
    expect(count({}, { PILOT_ENABLE_CROSS_CLUSTER_WORKLOAD_ENTRY: 'false' }, ['c1', 'c2'])).toBe(1);
  });
});

describe('serviceEntryVisibility', () => {
  const policies = [
    { visibility: 'NAMESPACE', matchingRules: [{ namespaceSelector: { matchLabels: { team: 'a' } } }] },
    { visibility: 'NONE', matchingRules: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] },
    { visibility: 'NONE', matchingRules: [{}] },
  ];
  const exportTo = (team: string, declared: readonly string[], policy: JsonObject = {}) => {
    const namespace = object('v1/Namespace', 'shop', { labels: { team } });
    const serviceEntryVisibility = { applyToSidecars: true, policies, ...policy };
    const view = viewOf(
      { c1: [entry('db', { exportTo: declared }), namespace] },
      { meshConfig: { serviceEntryVisibility } },
    );
    return serviceIn(view, host, 'shop').exportTo;
  };

  test('narrows where an entry is visible', () => {
    expect(exportTo('a', [])).toEqual(new Set(['.']));
    expect(exportTo('a', ['shop', 'x'])).toEqual(new Set(['.']));
    expect(exportTo('a', ['x'])).toEqual(new Set(['~']));
    expect(exportTo('b', ['*'])).toEqual(new Set(['~']));
    expect(exportTo('c', ['x'])).toEqual(new Set(['x']));
    expect(exportTo('c', [], { defaultVisibility: 'NONE' })).toEqual(new Set(['~']));
  });

  test('means nothing to sidecars unless it says so', () => {
    expect(exportTo('b', [], { applyToSidecars: false })).toBeUndefined();
  });
});
