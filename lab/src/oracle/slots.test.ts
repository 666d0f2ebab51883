import { describe, expect, test } from 'vitest';
import { assignSlots, clusterNames } from './slots.ts';

describe('slots', () => {
  test('clusters keep theirs, and new ones take the free ones', () => {
    const before = new Map([
      ['a', 0],
      ['b', 1],
    ]);
    expect(assignSlots(['c', 'b'], before, 2)).toEqual(
      new Map([
        ['b', 1],
        ['c', 0],
      ]),
    );
  });

  test('more clusters than API servers are refused', () => {
    expect(() => assignSlots(['a', 'b'], new Map(), 1)).toThrow('2 clusters and the oracle 1 API servers');
  });
});

test('remotes and config clusters count as clusters', () => {
  const istiod = {
    cluster: 'b',
    runsIn: 'b',
    serves: [],
    remotes: ['c', 'a'],
    flags: {},
    meshConfig: {},
    meshNetworks: {},
    domain: 'cluster.local',
    namespace: 'istio-system',
  };
  expect(clusterNames({ clusters: [{ cluster: 'a', objects: [] }], istiods: [istiod] })).toEqual(['a', 'b', 'c']);
});
