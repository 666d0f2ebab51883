import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import type { HeldOfPeer } from '../observe/held-endpoints.ts';
import { heldFacts } from './held-facts.ts';

const readAt = '2030-01-01T00:10:00.000Z';

function pod(podIP: string, since: string, status = 'True'): KubeObject {
  const ready = { type: 'Ready', status, lastTransitionTime: since };
  const metadata = { name: podIP, namespace: 'shop' };
  return { apiVersion: 'v1', kind: 'Pod', metadata, status: { podIP, conditions: [ready] } };
}

function slice(...addresses: readonly string[]): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    ports: [{ name: 'http', port: 80 }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  };
}

function held(...addresses: readonly string[]): HeldOfPeer {
  const ofServices = new Map([['shop/web', new Set(addresses)]]);
  return { peer: 'east', pod: 'istiod-1', isSynced: true, endpoints: addresses, ofServices, gateways: [] };
}

test('what has been ready for more than a minute and is not held is overdue', () => {
  const objects = [
    slice('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'),
    pod('10.0.0.1', '2030-01-01T00:00:00Z'),
    pod('10.0.0.2', '2030-01-01T00:08:59Z'),
    pod('10.0.0.3', '2030-01-01T00:09:01Z'),
    pod('10.0.0.4', '2030-01-01T00:00:00Z', 'False'),
  ];
  expect(heldFacts('west', held('10.0.0.1'), { objects, readAt })).toMatchObject({
    ...{ cluster: 'west', peer: 'east', served: 5 },
    // Of 10.0.0.5 there is no pod, and so no time.
    ...{ missing: 4, overdue: 1 },
  });
});

test('of what is held nothing is overdue', () => {
  const objects = [slice('10.0.0.1'), pod('10.0.0.1', '2030-01-01T00:00:00Z')];
  expect(heldFacts('west', held('10.0.0.1'), { objects, readAt })).toMatchObject({ missing: 0, overdue: 0 });
});
