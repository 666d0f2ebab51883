import { describe, expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import type { ClusterStatus, ReachableStatus } from './cluster-status.ts';
import { skewProblems, withMeshSkew } from './skew.ts';

function proxy(name: string, version: string): Parameters<typeof skewProblems>[1]['proxies'][number] {
  return { cluster: 'west', namespace: 'shop', name, version };
}

test('proxies that istiod does not support are named, those that it does are not', () => {
  const proxies = [proxy('old', '1.29.4'), proxy('older', '1.28.0'), proxy('fits', '1.30.0'), proxy('new', '1.32.0')];
  expect(skewProblems('1.31.0', { kubernetes: 'v1.36.3', proxies })).toEqual([
    'proxies are too old for istiod 1.31.0: shop/old (1.29.4) and 1 more; restart their pods',
    'proxies are newer than istiod 1.31.0: shop/new (1.32.0); upgrade istiod, or restart their pods',
  ]);
});

test('a Kubernetes that istiod does not support is said', () => {
  expect(skewProblems('1.31.0', { kubernetes: 'v1.31.2', proxies: [] })).toHaveLength(1);
});

describe('between clusters', () => {
  const status = (name: string, version: string): ReachableStatus => ({
    cluster: clusterName.parse(name),
    network: 'us',
    reachable: true,
    server: 'https://192.0.2.1',
    kubernetes: 'v1.36.3',
    istiod: { wanted: 1, available: 1, complete: true, version, runsIn: clusterName.parse(name) },
    gateway: undefined,
    peers: [],
    certificate: undefined,
    injectNamespaces: [],
    problems: [],
  });
  const problems = (statuses: readonly ClusterStatus[]): readonly (readonly string[])[] =>
    withMeshSkew(statuses).map((one) => (one.reachable ? one.problems : []));

  test('one minor version apart is fine', () => {
    expect(problems([status('west', '1.30.2'), status('east', '1.31.0')])).toEqual([[], []]);
  });

  test('more is a problem of both', () => {
    expect(problems([status('west', '1.29.0'), status('east', '1.31.0')])).toEqual([
      ['east: istiod is of 1.31.0, which is more than one minor version from 1.29.0: go by way of 1.30'],
      ['west: istiod is of 1.29.0, which is more than one minor version from 1.31.0: go by way of 1.30'],
    ]);
  });
});
