import { expect, test } from 'vitest';
import type { KubeObject } from '../../objects/object.ts';
import { twoNetworks } from '../testing/fake-mesh.ts';
import { whatif } from './whatif.ts';

test('thousands of routes of a tenant come to an end: each is looked at for itself, and not for every other one', () => {
  const host = 'reviews.shop.svc.cluster.local';
  const http = Array.from({ length: 4_000 }, (_, at) => ({
    match: [{ uri: { prefix: `/a${at}` } }],
    route: [{ destination: { host } }],
  }));
  const routes: KubeObject = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'routes', namespace: 'shop' },
    spec: { hosts: [host], http },
  };
  const { counts } = whatif(twoNetworks({ west: [routes] }), { downs: [], changes: [] });
  expect(counts.Unchanged).toBeGreaterThan(http.length);
});
