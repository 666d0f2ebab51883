import { expect, test } from 'vitest';
import { meshService } from './mesh-service.ts';

const of = (spec: object): object => ({
  apiVersion: 'isthmus.dev/v1alpha1',
  kind: 'MeshService',
  metadata: { name: 'reviews', namespace: 'shop' },
  spec,
});

/** The API server refuses splitBy without split, versionLabel without a split by version, and failoverMode without failover. */
test.each([
  {},
  { scope: 'Cluster' },
  { split: { west: 100 } },
  { split: { v1: 100 }, splitBy: 'Version' },
  { failover: [{ to: 'east' }] },
  { prefer: 'Locality' },
])('nothing that needs another field is filled into %j', (spec) => {
  expect(meshService.parse(of(spec)).spec).toEqual({ scope: 'Mesh', ...spec });
});
