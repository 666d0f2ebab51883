import { describe, expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { type Comparing, differencesOf } from './endpoint-differences.ts';
import { readSlices } from './endpoint-slices.ts';
import type { HeldOfPeer } from './held-endpoints.ts';

interface Slice {
  readonly namespace?: string;
  readonly service?: string;
  readonly addresses: readonly string[];
  readonly ready?: boolean;
  readonly ports?: readonly object[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly addressType?: string;
}

function sliceOf(slice: Slice, index: number): KubeObject {
  const { namespace = 'shop', service = 'cart', addresses, ready = true, ports = [{ port: 80 }], labels = {} } = slice;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `s${index}`, namespace, labels: { 'kubernetes.io/service-name': service, ...labels } },
    addressType: slice.addressType ?? 'IPv4',
    ports,
    endpoints: [{ addresses, conditions: { ready } }],
  } as unknown as KubeObject;
}

function heldOf(services: Readonly<Record<string, readonly string[]>>): HeldOfPeer {
  const ofServices = new Map(Object.entries(services).map(([name, found]) => [name, new Set(found)]));
  return { peer: 'east', pod: 'istiod-1', isSynced: true, endpoints: [], gateways: [], ofServices };
}

async function differing(
  services: Readonly<Record<string, readonly string[]>>,
  slices: readonly Slice[],
  more: Partial<Comparing> = {},
): Promise<readonly string[]> {
  const client = createFake({ objects: slices.map(sliceOf) });
  const read = await readSlices(client, new AbortController().signal);
  const comparing = { slices: read, readsAll: true, others: new Set<string>(), ...more };
  return differencesOf(heldOf(services), comparing).map(
    ({ what, service, address }) => `${what} ${service} ${address}`,
  );
}

describe('what an istiod holds of a peer against its EndpointSlices', () => {
  test('an address that is gone and one that is new are distinguished', async () => {
    const found = await differing({ 'shop/cart': ['10.1.0.1', '10.1.0.2'] }, [{ addresses: ['10.1.0.2', '10.1.0.3'] }]);
    expect(found).toEqual(['Gone shop/cart 10.1.0.1', 'Missing shop/cart 10.1.0.3']);
  });

  test('an address that another Service has now is gone from the first', async () => {
    const found = await differing({ 'shop/cart': ['10.1.0.1'], 'shop/web': ['10.1.0.1'] }, [
      { service: 'web', addresses: ['10.1.0.1'] },
    ]);
    expect(found).toEqual(['Gone shop/cart 10.1.0.1']);
  });

  test('nothing held of a cluster that has endpoints is a loss, whatever istiod was to read', async () => {
    expect(await differing({}, [{ addresses: ['10.1.0.1'] }], { readsAll: false })).toEqual([
      'Missing shop/cart 10.1.0.1',
    ]);
  });

  test('a namespace of which nothing is held counts only where istiod reads all', async () => {
    const slices = [{ addresses: ['10.1.0.1'] }, { namespace: 'bank', addresses: ['10.1.0.2'] }];
    const held = { 'shop/cart': ['10.1.0.1'] };
    expect(await differing(held, slices)).toEqual(['Missing bank/cart 10.1.0.2']);
    expect(await differing(held, slices, { readsAll: false })).toEqual([]);
  });

  test.each<readonly [string, Slice]>([
    ['one that is not ready', { addresses: ['10.1.0.1'], ready: false }],
    ['one without a port', { addresses: ['10.1.0.1'], ports: [] }],
    ['a name', { addresses: ['db.example.org'], addressType: 'FQDN' }],
    [
      "another cluster's Service",
      { addresses: ['10.1.0.1'], labels: { 'multicluster.kubernetes.io/service-name': 'cart' } },
    ],
  ])('%s need not be held', async (_, slice) => {
    expect(await differing({}, [slice])).toEqual([]);
  });

  test('one that is not ready may be held', async () => {
    expect(await differing({ 'shop/cart': ['10.1.0.1'] }, [{ addresses: ['10.1.0.1'], ready: false }])).toEqual([]);
  });

  test('a workload that is no pod is not gone because no EndpointSlice names it', async () => {
    const held = { 'shop/cart': ['10.1.0.1', '192.0.2.7'] };
    const slices = [{ addresses: ['10.1.0.1'] }];
    expect(await differing(held, slices)).toEqual(['Gone shop/cart 192.0.2.7']);
    expect(await differing(held, slices, { others: new Set(['192.0.2.7']) })).toEqual([]);
  });
});
