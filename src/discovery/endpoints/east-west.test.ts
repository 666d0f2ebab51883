import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { buildIstiodViews } from '../registry/view.ts';
import { proxyOf } from '../values/proxy.ts';
import type { IstiodSettings, Snapshot } from '../values/snapshot.ts';
import { throughGateway } from './east-west.ts';
import { answer } from './query.ts';

const host = 'reviews.shop.svc.cluster.local';

function object(kind: string, name: string, fields: JsonObject): KubeObject {
  const [namespace = '', own = ''] = name.split('/');
  const { labels, ...rest } = fields;
  const versions: Readonly<Record<string, string>> = {
    EndpointSlice: 'discovery.k8s.io/v1',
    Gateway: 'networking.istio.io/v1',
    DestinationRule: 'networking.istio.io/v1',
  };
  const metadata = {
    namespace,
    name: own,
    ...(labels === undefined ? {} : { labels: labels as Record<string, string> }),
  };
  return { apiVersion: versions[kind] ?? 'v1', kind, metadata, ...rest };
}

const istiod: IstiodSettings = {
  cluster: 'c2',
  runsIn: 'c2',
  serves: ['c2'],
  remotes: [],
  flags: {},
  meshConfig: {},
  meshNetworks: {},
  domain: 'cluster.local',
  namespace: 'istio-system',
};

const gatewayLabels = { istio: 'eastwestgateway', 'topology.istio.io/network': 'n2' };
const gatewayService = object('Service', 'istio-system/eastwest', {
  labels: gatewayLabels,
  spec: {
    type: 'LoadBalancer',
    clusterIP: '10.0.0.5',
    selector: { istio: 'eastwestgateway' },
    ports: [{ name: 'tls', port: 15443, targetPort: 15443 }],
  },
  status: { loadBalancer: { ingress: [{ ip: '2.2.2.2' }] } },
});
const gatewayPod = object('Pod', 'istio-system/eastwest-1', {
  labels: gatewayLabels,
  spec: {
    containers: [
      {
        name: 'istio-proxy',
        args: ['proxy', 'router'],
        env: [
          { name: 'ISTIO_META_NETWORK', value: 'n2' },
          { name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'n2' },
        ],
      },
    ],
  },
  status: { phase: 'Running', podIPs: [{ ip: '10.2.0.9' }] },
});
function server(hosts: readonly string[], fields: JsonObject = {}): JsonObject {
  return { port: { number: 15443, name: 'tls', protocol: 'TLS' }, tls: { mode: 'AUTO_PASSTHROUGH' }, hosts, ...fields };
}
function tcp(host: string): JsonObject {
  return server([host], { port: { number: 15443, name: 'tcp', protocol: 'TCP' } });
}
function gateway(name: string, creationTimestamp: string, servers: readonly JsonObject[]): KubeObject {
  const made = object('Gateway', `istio-system/${name}`, { spec: { selector: { istio: 'eastwestgateway' }, servers } });
  return { ...made, metadata: { ...made.metadata, creationTimestamp } };
}
const crossNetwork = (hosts: readonly string[], port = 15443): KubeObject =>
  object('Gateway', 'istio-system/cross-network', {
    spec: {
      selector: { istio: 'eastwestgateway' },
      servers: [{ port: { number: port, name: 'tls', protocol: 'TLS' }, tls: { mode: 'AUTO_PASSTHROUGH' }, hosts }],
    },
  });
const workload = [
  object('Service', 'shop/reviews', {
    spec: { clusterIP: '10.0.0.6', ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  }),
  object('Pod', 'shop/reviews-1', {
    labels: { version: 'v1', 'security.istio.io/tlsMode': 'istio', 'topology.istio.io/network': 'n2' },
    spec: {},
    status: { phase: 'Running', podIPs: [{ ip: '10.2.0.1' }], podIP: '10.2.0.1' },
  }),
  object('EndpointSlice', 'shop/reviews-a', {
    labels: { 'kubernetes.io/service-name': 'reviews' },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [
      {
        addresses: ['10.2.0.1'],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', name: 'reviews-1', namespace: 'shop' },
      },
    ],
  }),
];
const subsets = object('DestinationRule', 'shop/reviews', {
  spec: { host, subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
});
const complete = [gatewayService, gatewayPod, crossNetwork(['*.local']), ...workload];

function arrive(
  objects: readonly KubeObject[],
  endpoint: { address?: string; cluster?: string; sni?: string } = {},
  serves = ['c2'],
) {
  const snapshot: Snapshot = { clusters: [{ cluster: 'c2', objects }], istiods: [{ ...istiod, serves }] };
  const arrived = { address: '2.2.2.2:15443', cluster: 'c2', sni: `outbound_.80_._.${host}`, ...endpoint };
  const views = buildIstiodViews(snapshot);
  const viewFor = (cluster: string) => views.find(({ istiod }) => istiod.serves.includes(cluster));
  return throughGateway({ snapshot, viewFor, endpoint: arrived });
}

function codes(...input: Parameters<typeof arrive>): readonly string[] {
  return arrive(...input).map((passage) => (passage.outcome === 'Blocked' ? passage.code : passage.outcome));
}

describe('behind a gateway’s address', () => {
  test('the gateway’s istiod answers with the pods of its network', () => {
    const [passage, ...others] = arrive(complete);
    expect(others).toEqual([]);
    expect(passage).toMatchObject({ cluster: 'c2', service: 'istio-system/eastwest', outcome: 'Passed' });
    if (passage?.outcome !== 'Passed') throw new Error('blocked');
    expect(passage.proxy).toMatchObject({ type: 'router', network: 'n2', view: ['n2'] });
    expect(passage.answer.endpoints.map(({ address }) => address)).toEqual(['10.2.0.1:8080']);
  });

  test('an address of meshNetworks names no cluster: the Service is found by the address alone', () => {
    expect(codes(complete, { cluster: '' })).toEqual(['Passed']);
    expect(codes(complete, { cluster: '', address: '9.9.9.9:15443' })).toEqual([]);
  });

  test('the subset has to be known where the gateway is', () => {
    const sni = `outbound_.80_.v1_.${host}`;
    expect(codes(complete, { sni })).toEqual(['no-filter-chain']);
    expect(codes([...complete, subsets], { sni })).toEqual(['Passed']);
  });

  test.each([
    ['no istiod for the cluster', complete, {}, [], 'no-istiod'],
    ['no pod', [gatewayService, crossNetwork(['*.local']), ...workload], {}, ['c2'], 'no-gateway-pod'],
    ['a server name of one’s own', complete, { sni: 'reviews.example' }, ['c2'], 'unknown-sni'],
    ['no Gateway', [gatewayService, gatewayPod, ...workload], {}, ['c2'], 'no-server'],
    [
      'a Gateway on another port',
      [gatewayService, gatewayPod, crossNetwork(['*.local'], 15444), ...workload],
      {},
      ['c2'],
      'no-server',
    ],
    [
      'other hosts',
      [gatewayService, gatewayPod, crossNetwork(['shop/*.example']), ...workload],
      {},
      ['c2'],
      'host-not-served',
    ],
    ['no such service', [gatewayService, gatewayPod, crossNetwork(['*.local'])], {}, ['c2'], 'no-filter-chain'],
  ])('%s', (...[, objects, endpoint, serves, code]) => {
    expect(codes(objects, endpoint, serves)).toEqual([code]);
  });

  test('a namespace before the server’s host is not enforced', () => {
    expect(codes([gatewayService, gatewayPod, crossNetwork(['other/*.local']), ...workload])).toEqual(['Passed']);
  });

  test('a younger Gateway of which one host is on the port already adds none of its hosts', () => {
    const older = gateway('a', '2026-01-01T00:00:00Z', [server(['*.data.svc.cluster.local'])]);
    const younger = gateway('b', '2026-01-02T00:00:00Z', [
      server(['*.data.svc.cluster.local', '*.shop.svc.cluster.local']),
    ]);
    for (const gateways of [
      [older, younger],
      [younger, older],
    ]) {
      const [passage] = arrive([gatewayService, gatewayPod, ...gateways, ...workload]);
      expect(passage).toMatchObject({ outcome: 'Blocked', code: 'host-not-served' });
      expect(passage?.outcome === 'Blocked' ? passage.explanation : '').toContain(
        'istiod leaves out a server of Gateway istio-system/b that does, because its host *.data.svc.cluster.local is on port 15443 already by Gateway istio-system/a',
      );
    }
  });

  const shop = '*.shop.svc.cluster.local';
  const passing = (fields: JsonObject = {}): JsonObject => server([shop], fields);
  const plain = (protocol: string, fields: JsonObject = {}): JsonObject => ({
    port: { number: 15443, name: 'plain', protocol },
    hosts: ['*'],
    ...fields,
  });
  test.each([
    ['patterns of which one covers the other', [server(['*.local'])], [passing()], 'Passed'],
    ['the same host with another address', [server([shop], { bind: '127.0.0.1' })], [passing()], 'Passed'],
    ['an address that the pod lacks', [], [passing({ bind: '127.0.0.1' })], 'no-server'],
    ['the address of the pod', [], [passing({ bind: '10.2.0.9' })], 'Passed'],
    ['another host that TLS ends for', [server(['a.example'], { tls: { mode: 'SIMPLE' } })], [passing()], 'Passed'],
    ['the same host, for which TLS ends', [server([shop], { tls: { mode: 'SIMPLE' } })], [passing()], 'no-server'],
    ['the same host in a namespace', [server([`istio-system/${shop}`])], [server([`./${shop}`])], 'Passed'],
    ['a port of plain text', [plain('HTTP')], [passing()], 'no-server'],
    ['a port of plain text on another address', [plain('HTTP', { bind: '127.0.0.1' })], [passing()], 'Passed'],
    ['a protocol of plain text', [], [server([shop], { port: { number: 15443, protocol: 'HTTP' } })], 'no-server'],
    ['a later server of plain text with its protocol', [], [tcp(shop), plain('TCP')], 'no-server'],
    ['a later server of plain text', [], [passing(), plain('HTTP')], 'Passed'],
  ])('beside %s', (...[, first, second, outcome]) => {
    const gateways = [gateway('a', '2026-01-01T00:00:00Z', first), gateway('b', '2026-01-02T00:00:00Z', second)];
    expect(codes([gatewayService, gatewayPod, ...gateways, ...workload])).toEqual([outcome]);
  });

  test('two numbers that mean one port of the pod are one port', () => {
    const second = object('Service', 'istio-system/second', {
      spec: { selector: { istio: 'eastwestgateway' }, ports: [{ name: 'tls', port: 443, targetPort: 15443 }] },
    });
    const gateways = [
      gateway('a', '2026-01-01T00:00:00Z', [server(['*.x'], { port: { number: 443, protocol: 'TLS' } })]),
      gateway('b', '2026-01-02T00:00:00Z', [server(['*.x', '*.local'])]),
    ];
    expect(codes([gatewayService, gatewayPod, ...gateways, ...workload])).toEqual(['Passed']);
    expect(codes([gatewayService, second, gatewayPod, ...gateways, ...workload])).toEqual(['host-not-served']);
  });

  test('a gateway whose only such server is left out has no clusters for server names', () => {
    const gateways = [
      gateway('a', '2026-01-01T00:00:00Z', [server(['*.local'], { tls: { mode: 'SIMPLE' } })]),
      gateway('b', '2026-01-02T00:00:00Z', [server(['*.local'])]),
    ];
    const snapshot: Snapshot = {
      clusters: [{ cluster: 'c2', objects: [...complete.slice(0, 2), ...gateways, ...workload] }],
      istiods: [istiod],
    };
    const [view] = buildIstiodViews(snapshot);
    const proxy = proxyOf('c2', gatewayPod);
    if (view === undefined || proxy === undefined) throw new Error('the fixture has an istiod and a gateway');
    const found = answer(view, proxy, { host, port: 80, subset: '', mode: 'sni-dnat' });
    expect(found).toMatchObject({ outcome: 'None', code: 'no-passthrough-server' });
  });
});
