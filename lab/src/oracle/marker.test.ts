import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Snapshot } from '../../../src/discovery/values/snapshot.ts';
import { markedClusters, markerAddress, markerObjects } from './marker.ts';

function snapshotWith(meshConfig: JsonObject): Snapshot {
  const istiod = { cluster: 'west', runsIn: 'west', serves: [], remotes: [], flags: {}, domain: 'd', namespace: 'n' };
  return { clusters: [], istiods: [{ ...istiod, meshConfig, meshNetworks: {} }] };
}

test('every step has an address of its own', () => {
  const addresses = [1, 2, 255, 256, 65_536].map(markerAddress);
  expect(addresses).toEqual(['240.0.0.1', '240.0.0.2', '240.0.0.255', '240.0.1.0', '240.1.0.0']);
});

test('its namespace carries what the first discovery selector asks for', () => {
  const meshConfig = {
    discoverySelectors: [
      {
        matchLabels: { mesh: 'on' },
        matchExpressions: [
          { key: 'team', operator: 'In', values: ['a', 'b'] },
          { key: 'env', operator: 'Exists' },
          { key: 'legacy', operator: 'DoesNotExist' },
        ],
      },
    ],
  };
  const [namespace] = markerObjects(snapshotWith(meshConfig), 1);
  expect(namespace?.metadata.labels).toEqual({ mesh: 'on', team: 'a', env: 'yes' });
});

test('the clusters whose endpoint is that of the step are marked', () => {
  const endpoint = (step: number) => [{ Addresses: [markerAddress(step)] }];
  const shardz = {
    'marker.isthmus-oracle.svc.d': {
      'isthmus-oracle': { Shards: { 'Kubernetes/west': endpoint(7), 'Kubernetes/east': endpoint(6) } },
    },
  };
  expect(markedClusters(shardz, 'd', 7)).toEqual(new Set(['west']));
  expect(markedClusters({}, 'd', 7)).toEqual(new Set());
});
