import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { proxyOf } from './proxy.ts';

function pod(spec: JsonObject, status: JsonObject = { podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] }) {
  const metadata = { name: 'web-1', namespace: 'shop', labels: { app: 'web' } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: 'node-1', ...spec }, status };
}

const env = [
  { name: 'ISTIO_META_NETWORK', value: 'n1' },
  { name: 'ISTIO_META_CLUSTER_ID', value: 'c7' },
  { name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'n1,n2' },
];
const container = { name: 'istio-proxy', args: ['proxy', 'sidecar'], env };

test('a sidecar’s metadata comes from its container and pod', () => {
  expect(proxyOf('c1', pod({ containers: [{ name: 'app' }, container] }))).toEqual({
    type: 'sidecar',
    cluster: 'c7',
    namespace: 'shop',
    name: 'web-1',
    network: 'n1',
    ips: ['10.1.0.1', 'fd00::1'],
    labels: { app: 'web' },
    view: ['n1', 'n2'],
    node: 'node-1',
    locality: '',
  });
});

test('native sidecars are init containers, gateways run as routers, and settings may be missing', () => {
  const router = { name: 'istio-proxy', args: ['proxy', 'router'] };
  expect(proxyOf('c1', pod({ initContainers: [router] }, { podIP: '10.1.0.1' }))).toMatchObject({
    type: 'router',
    cluster: 'c1',
    network: '',
    view: [],
    ips: ['10.1.0.1'],
  });
});

test('of two variables of one name the later counts', () => {
  const twice = [...env, { name: 'ISTIO_META_NETWORK', value: 'n9' }];
  expect(proxyOf('c1', pod({ containers: [{ ...container, env: twice }] }))?.network).toBe('n9');
});

test('a pod without the container has no proxy', () => {
  expect(proxyOf('c1', pod({ containers: [{ name: 'app' }] }))).toBeUndefined();
});
