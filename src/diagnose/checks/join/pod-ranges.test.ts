import { describe, expect, test } from 'vitest';
import { overlaps } from '../../../base/ip-range.ts';
import type { JoinFacts } from '../../facts/join.ts';
import { checkPodRanges } from './pod-ranges.ts';

function cluster(name: string, network: string, podRanges: readonly string[]): JoinFacts {
  return {
    readAt: '2026-11-21T00:00:00.000Z',
    cluster: name,
    network,
    services: [],
    podRanges,
    kubernetes: 'v1.36.0',
    istio: [],
    foreignIstio: [],
    networkLabels: [],
    remotes: [],
  };
}

test.each([
  ['10.244.0.0/16', '10.244.3.0/24', true],
  ['10.244.3.0/24', '10.244.0.0/16', true],
  ['10.244.0.0/24', '10.244.1.0/24', false],
  ['0.0.0.0/0', '192.168.0.0/16', true],
  ['10.0.0.0/15', '10.1.255.0/24', true],
  ['fd00::/48', 'fd00:0:0:1::/64', true],
  ['fd00::/64', 'fd00:0:0:1::/64', false],
  ['::/0', '10.0.0.0/8', false],
  ['10.0.0.0', '10.0.0.0/8', false],
  ['nonsense', '10.0.0.0/8', false],
])('%s and %s overlap: %s', (one, other, expected) => {
  expect(overlaps(one, other)).toBe(expected);
});

describe('pod ranges', () => {
  const codes = (joining: JoinFacts, member: JoinFacts): string[] =>
    checkPodRanges(joining, [member]).map(({ severity, code }) => `${severity} ${code}`);

  test('that overlap matter on one network only', () => {
    const [one, other] = [['10.244.0.0/24'], ['10.244.0.0/16']];
    expect(codes(cluster('apac', 'eu', one), cluster('east', 'eu', other))).toEqual(['error join-pod-ranges']);
    expect(codes(cluster('apac', 'eu', one), cluster('east', 'us', other))).toEqual([]);
    expect(codes(cluster('apac', 'eu', one), cluster('east', 'eu', ['10.245.0.0/16']))).toEqual([]);
  });

  test('that the nodes do not state are reported as unknown', () => {
    expect(codes(cluster('apac', 'eu', []), cluster('east', 'eu', ['10.0.0.0/8']))).toEqual([
      'warning join-pod-ranges',
    ]);
  });

  test('of nodes that could not be read are unknown, and the reason is named', () => {
    const nodesUnread = { message: 'cluster east: ann may not list nodes', remedy: 'give ann the right' };
    const east = { ...cluster('east', 'eu', []), nodesUnread };
    expect(checkPodRanges(cluster('apac', 'eu', ['10.0.0.0/8']), [east])).toMatchObject([
      {
        confidence: 'Unknown',
        message: expect.stringContaining('ann may not list nodes'),
        remedy: 'give ann the right',
      },
    ]);
  });
});
