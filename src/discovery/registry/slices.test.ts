import { describe, expect, test } from 'vitest';
import { endpointsIn, object, pod, service, serviceIn, slice, viewOf } from '../testing/fake-objects.ts';

const host = 'web.shop.svc.cluster.local';

describe('an EndpointSlice', () => {
  test('gives one endpoint for each address and port, with what the pod and its node say', () => {
    const labels = { app: 'web', 'security.istio.io/tlsMode': 'istio', 'topology.istio.io/network': 'n9' };
    const nodeLabels = { 'topology.kubernetes.io/region': 'r', 'failure-domain.beta.kubernetes.io/zone': 'z' };
    const view = viewOf({
      c1: [
        service('shop/web'),
        slice('shop/web', { 'web-1': '10.1.0.1' }, { ports: [{ name: 'http', port: 8080 }, { port: 9090 }, {}] }),
        pod('shop/web-1', '10.1.0.1', { labels, spec: { nodeName: 'node-1', serviceAccountName: 'web' } }),
        object('v1/Node', 'node-1', { labels: nodeLabels }),
      ],
    });
    const [first, second, third] = endpointsIn(view, host, 'shop');
    expect(first).toEqual({
      address: '10.1.0.1',
      port: 8080,
      portName: 'http',
      network: 'n9',
      cluster: 'c1',
      locality: 'r/z/',
      labels: {
        ...labels,
        'topology.kubernetes.io/region': 'r',
        'topology.kubernetes.io/zone': 'z',
        'topology.istio.io/cluster': 'c1',
        'kubernetes.io/hostname': 'node-1',
      },
      tlsMode: 'istio',
      health: 'HEALTHY',
      weight: 1,
      serviceAccount: 'spiffe://cluster.local/ns/shop/sa/web',
      namespace: 'shop',
      node: 'node-1',
      workload: 'web-1',
    });
    expect(second).toMatchObject({ port: 9090, portName: '' });
    // Of one address and port name only the first counts.
    expect(third).toBeUndefined();
  });

  test('waits for the pod that it names, and for failed pods for ever', () => {
    const failed = pod('shop/b', '10.1.0.2', { status: { phase: 'Failed' } });
    const view = viewOf({ c1: [service('shop/web'), slice('shop/web', { a: '10.1.0.1', b: '10.1.0.2' }), failed] });
    expect(view.shards(serviceIn(view, host, 'shop'))).toMatchObject([
      {
        endpoints: [],
        dropped: [
          { reason: 'pod-not-found', endpoint: { address: '10.1.0.1', cluster: 'c1' } },
          { reason: 'pod-not-found', endpoint: { address: '10.1.0.2' } },
        ],
      },
    ]);
  });

  test('without pod takes the ready pod of the address in its namespace, else none', () => {
    const endpoints = [{ addresses: ['10.1.0.1', '10.1.0.2', '10.1.0.3'] }];
    const view = viewOf({
      c1: [
        service('shop/web'),
        slice('shop/web', {}, { endpoints }),
        pod('shop/a', '10.1.0.1'),
        pod('shop/b', '10.1.0.2', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }),
        pod('other/c', '10.1.0.3'),
      ],
    });
    expect(
      endpointsIn(view, host, 'shop').map(({ workload, namespace, tlsMode }) => [workload, namespace, tlsMode]),
    ).toEqual([
      ['a', 'shop', 'disabled'],
      ['', '', 'disabled'],
      ['', '', 'disabled'],
    ]);
    expect(endpointsIn(view, host, 'shop')[1]?.labels).toEqual({ 'topology.istio.io/cluster': 'c1' });
  });

  test('of another kind is no endpoint: imported services, host names, no service name', () => {
    const label = 'kubernetes.io/service-name';
    const imported = slice(
      'shop/web',
      { a: '10.1.0.1' },
      {
        labels: { [label]: 'web', 'multicluster.kubernetes.io/service-name': 'web' },
      },
    );
    const names = slice('shop/web', {}, { addressType: 'FQDN', endpoints: [{ addresses: ['a.example'] }] });
    const nameless = slice('shop/web', { a: '10.1.0.1' }, { labels: {} });
    const view = viewOf({ c1: [service('shop/web'), pod('shop/a', '10.1.0.1'), imported, names, nameless] });
    expect(view.shards(serviceIn(view, host, 'shop'))).toMatchObject([
      { endpoints: [], dropped: [{ reason: 'not-an-ip', endpoint: { address: 'a.example', portName: 'http' } }] },
    ]);
  });

  test('of a cluster without the Service counts too', () => {
    const view = viewOf({
      c1: [service('shop/web')],
      c2: [slice('shop/web', { a: '10.2.0.1' }), pod('shop/a', '10.2.0.1')],
    });
    expect(endpointsIn(view, host, 'shop')).toMatchObject([{ address: '10.2.0.1', cluster: 'c2' }]);
  });

  test.each([
    [{ ready: true }, 'HEALTHY'],
    [{}, 'HEALTHY'],
    [{ ready: false, terminating: false }, 'UNHEALTHY'],
    [{ ready: false, terminating: true }, 'TERMINATING'],
    [{ ready: false, serving: false, terminating: true }, 'TERMINATING'],
  ])('with conditions %j is %s', (conditions, health) => {
    expect(healthOf(conditions)).toBe(health);
  });

  test('T19: not ready and nothing said about terminating counts as terminating', () => {
    expect(healthOf({ ready: false })).toBe('TERMINATING');
    expect(healthOf({ ready: false, terminating: null })).toBe('TERMINATING');
  });

  test('of a service with persistent sessions drains as long as it serves', () => {
    const labels = { 'istio.io/persistent-session': 'cookie' };
    expect(healthOf({ ready: false, serving: true, terminating: true }, { labels })).toBe('DRAINING');
    expect(healthOf({ ready: false, serving: false, terminating: true }, { labels })).toBe('TERMINATING');
    const flags = { PILOT_PERSISTENT_SESSION_LABEL: '' };
    expect(healthOf({ ready: false, serving: true, terminating: true }, { labels, flags })).toBe('TERMINATING');
  });

  test('in a cluster without the Service cannot be terminating', () => {
    const endpoints = [{ addresses: ['10.2.0.1'], conditions: { ready: false, terminating: true } }];
    const view = viewOf({ c1: [service('shop/web')], c2: [slice('shop/web', {}, { endpoints })] });
    expect(endpointsIn(view, host, 'shop')).toMatchObject([{ health: 'UNHEALTHY' }]);
  });

  test('of IPv6 is left out for dual-stack pods where istiod knows of dual stack', () => {
    const dual = service('shop/web', { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] } });
    const both = pod('shop/a', '10.1.0.1', { status: { podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd01::1' }] } });
    const v6 = object('discovery.k8s.io/v1/EndpointSlice', 'shop/web-2', {
      labels: { 'kubernetes.io/service-name': 'web' },
      addressType: 'IPv6',
      ports: [{ name: 'http', port: 8080 }],
      endpoints: [{ addresses: ['fd01::1'], targetRef: { kind: 'Pod', namespace: 'shop', name: 'a' } }],
    });
    const objects = [dual, both, slice('shop/web', { a: '10.1.0.1' }), v6];
    const addresses = (flags: Record<string, string>) =>
      endpointsIn(viewOf({ c1: objects }, { flags }), host, 'shop').map(({ address }) => address);
    expect(addresses({})).toEqual(['10.1.0.1', 'fd01::1']);
    expect(addresses({ ISTIO_DUAL_STACK: 'true' })).toEqual(['10.1.0.1']);
  });
});

function healthOf(
  conditions: Readonly<Record<string, boolean | null>>,
  { labels = {}, flags = {} }: { labels?: Record<string, string>; flags?: Record<string, string> } = {},
): string | undefined {
  const endpoints = [{ addresses: ['10.1.0.1'], conditions }];
  const view = viewOf({ c1: [service('shop/web', { labels }), slice('shop/web', {}, { endpoints })] }, { flags });
  return endpointsIn(view, host, 'shop')[0]?.health;
}
