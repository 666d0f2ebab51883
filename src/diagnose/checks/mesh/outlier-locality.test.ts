import { expect, test } from 'vitest';
import type { JsonObject } from '../../../base/json.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { findingCatalog } from '../../catalog/catalog.ts';
import type { MeshObjects } from '../../facts/mesh-objects.ts';
import { outlierLocalityFindings } from './outlier-locality.ts';

function node(region: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a', labels: { 'topology.kubernetes.io/region': region } },
  };
}

const slice: KubeObject = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'reviews-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'reviews' } },
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
};

function rule(trafficPolicy: JsonObject): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'reviews', namespace: 'shop' },
    spec: { host: 'reviews', trafficPolicy },
  };
}

const detecting = { outlierDetection: { consecutive5xxErrors: 3 } };

interface Place {
  readonly policy?: JsonObject;
  readonly west?: readonly KubeObject[];
  readonly eastRegion?: string;
  readonly meshConfig?: JsonObject;
}

function found({ policy = detecting, west = [slice], eastRegion = 'eu', meshConfig = {} }: Place = {}) {
  const mesh: MeshObjects = {
    readAt: '2030-01-01T00:00:00.000Z',
    names: ['west', 'east'],
    members: [
      { cluster: 'west', network: 'us', objects: [node('us'), rule(policy), ...west] },
      { cluster: 'east', network: 'eu', objects: [node(eastRegion), slice] },
    ],
    istiods: [{ cluster: 'west', meshConfig }],
    remoteSecrets: [],
    held: [],
  };
  return outlierLocalityFindings(mesh).map(({ cluster, severity, message }) => `${severity} ${cluster}: ${message}`);
}

test('outlier detection keeps requests in the region of the caller, which is a note', () => {
  expect(found()).toEqual([`info ${findingCatalog['outlier-locality'].shown}`]);
});

test.each<[string, Place]>([
  ['a rule without outlier detection', { policy: {} }],
  [
    'a rule that says how near hosts are preferred',
    { policy: { ...detecting, loadBalancer: { localityLbSetting: { enabled: true } } } },
  ],
  ['a mesh that says it', { meshConfig: { localityLbSetting: { enabled: false } } }],
  ['a service of other clusters alone', { west: [] }],
  ['clusters of one region', { eastRegion: 'us' }],
])('%s has no note', (_, place) => {
  expect(found(place)).toEqual([]);
});
