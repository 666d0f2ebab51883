import { describe, expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import type { ClusterStatus, ReachableStatus } from './cluster-status.ts';
import { withMeshSkew } from './skew.ts';

describe('between clusters', () => {
  const status = (name: string, version: string): ReachableStatus => ({
    cluster: clusterName.parse(name),
    network: 'us',
    reachable: true,
    server: 'https://192.0.2.1',
    kubernetes: 'v1.36.3',
    istiod: {
      exists: true,
      wanted: 1,
      available: 1,
      updated: 1,
      complete: true,
      version,
      runsIn: clusterName.parse(name),
    },
    gateway: undefined,
    peers: [],
    certificate: undefined,
    injectNamespaces: [],
    unread: [],
    findings: [],
  });
  const problems = (statuses: readonly ClusterStatus[]): readonly (readonly string[])[] =>
    withMeshSkew(statuses, '2026-11-21T00:00:00.000Z').map(({ findings }) => findings.map(({ message }) => message));

  test('one minor version apart is fine', () => {
    expect(problems([status('west', '1.30.2'), status('east', '1.31.0')])).toEqual([[], []]);
  });

  test('more is a problem of both', () => {
    expect(problems([status('west', '1.29.0'), status('east', '1.31.0')])).toEqual([
      ['its istiod is version 1.29.0, and that of east is version 1.31.0: more than one minor version apart'],
      ['its istiod is version 1.31.0, and that of west is version 1.29.0: more than one minor version apart'],
    ]);
  });
});
