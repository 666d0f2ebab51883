import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import { createFake } from '../kube/testing/fake.ts';
import { proxyPodOf, readProxyPods } from './proxy-pods.ts';

const injected = { 'sidecar.istio.io/status': '{"initContainers":["istio-init","istio-proxy"],"revision":"green"}' };

/** A pod as an API server of 1.36 shows it after injection by Istio 1.31, without what nothing here reads. */
function pod(name: string, { metadata = {}, spec = {}, status = {} }: Readonly<Record<string, JsonObject>>) {
  const labels = { 'service.istio.io/canonical-name': 'client', 'topology.istio.io/network': 'us' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'sample', labels, annotations: injected, ...metadata },
    spec,
    status,
  };
}

const variables = [
  { name: 'ISTIO_META_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  { name: 'ISTIO_META_CLUSTER_ID', value: 'nowhere' },
  { name: 'ISTIO_META_CLUSTER_ID', value: 'west' },
  { name: 'ISTIO_META_NETWORK', value: 'us' },
];

test('a native sidecar is read with all that it states, of a name that is there twice the later', () => {
  const found = proxyPodOf(
    pod('client-1', {
      spec: {
        containers: [{ name: 'client' }],
        initContainers: [{ name: 'istio-proxy', args: ['proxy', 'sidecar'], env: variables }],
      },
      status: {
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [{ name: 'client', ready: true }],
        initContainerStatuses: [
          { name: 'istio-proxy', ready: false, state: { running: { startedAt: '2026-11-29T09:17:17Z' } } },
        ],
      },
    }),
  );
  expect(found).toEqual({
    namespace: 'sample',
    name: 'client-1',
    type: 'Sidecar',
    revision: 'green',
    cluster: 'west',
    networks: ['us'],
    runsSince: '2026-11-29T09:17:17Z',
    proxyIsReady: false,
    isReady: false,
  });
});

test('a gateway that states nothing is in the cluster Kubernetes, and a label may place it in another network', () => {
  const spec = { containers: [{ name: 'istio-proxy', args: ['proxy', 'router'] }] };
  const found = proxyPodOf(pod('gateway-1', { spec, metadata: { annotations: {} } }));
  expect(found).toMatchObject({ type: 'Gateway', revision: 'default', cluster: 'Kubernetes', networks: ['', 'us'] });
  expect(found?.runsSince).toBeUndefined();
});

test('pods without a proxy and those on their way out are left out', async () => {
  const spec = { containers: [{ name: 'istio-proxy', args: ['proxy', 'router'], env: variables }] };
  const leaving = pod('leaving', { spec, metadata: { deletionTimestamp: '2026-11-29T09:17:17Z' } });
  await using client = createFake({ objects: [pod('plain', {}), leaving, pod('gateway', { spec })] });
  const { signal } = new AbortController();
  expect((await readProxyPods(client, signal)).map(({ name }) => name)).toEqual(['gateway']);
});
