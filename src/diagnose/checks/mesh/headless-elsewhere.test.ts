import { expect, test } from 'vitest';
import type { KubeObject } from '../../../objects/object.ts';
import type { MemberObjects } from '../../facts/mesh-objects.ts';
import { headlessElsewhereFindings } from './headless-elsewhere.ts';

const metadata = { name: 'db', namespace: 'shop' };
const headless = { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None' } } as KubeObject;

function slice(...endpoints: readonly object[]): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
    endpoints,
  } as KubeObject;
}

const ready = { addresses: ['10.0.0.1'], conditions: { ready: true } };
const notReady = { addresses: ['10.0.0.1'], conditions: { ready: false } };

interface Place {
  readonly west?: readonly KubeObject[];
  readonly east?: readonly KubeObject[];
  readonly eastNetwork?: string;
}

function found({
  west = [headless],
  east = [headless, slice(ready)],
  eastNetwork = 'eu',
}: Place = {}): readonly string[] {
  const members: readonly MemberObjects[] = [
    { cluster: 'west', network: 'us', objects: west },
    { cluster: 'east', network: eastNetwork, objects: east },
  ];
  const mesh = { readAt: '2030-01-01T00:00:00.000Z', names: ['west', 'east'], members };
  return headlessElsewhereFindings({ ...mesh, istiods: [], remoteSecrets: [], held: [] }).map(
    ({ cluster, message }) => `${cluster}: ${message}`,
  );
}

const told = [
  'west: Service shop/db is headless and has pods in east alone: callers choose the address of a pod, and no gateway passes that on',
];

test('a headless Service with pods on another network alone', () => {
  expect(found()).toEqual(told);
  expect(found({ west: [headless, slice()] })).toEqual(told);
  expect(found({ west: [headless, slice(notReady)] })).toEqual(told);
});

test.each<[string, Place]>([
  ['on one network', { eastNetwork: 'us' }],
  ['with pods in both', { west: [headless, slice(ready)] }],
  ['without any pod', { east: [headless, slice(notReady)] }],
  ['that the caller does not have', { west: [] }],
  ['with an address here', { west: [{ ...headless, spec: { clusterIP: '10.1.0.1' } } as KubeObject] }],
])('a headless Service %s has no finding', (_, place) => {
  expect(found(place)).toEqual([]);
});
