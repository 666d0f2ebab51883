import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { buildIstiodViews } from '../registry/view.ts';
import type { IstiodSettings, Snapshot } from '../values/snapshot.ts';
import { throughGateway } from './east-west.ts';

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
});
