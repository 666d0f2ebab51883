import { describe, expect, test } from 'vitest';
import type { ActualAnswer, ActualCluster, ActualEndpoint } from '../lab/src/oracle/answer.ts';
import type { AnswerEndpoint, EdsAnswer } from '../src/discovery/values/answer.ts';
import { clusterName, compareAnswer, compareAnswers } from './oracle/compare.ts';
import { effectiveHosts, queryOf } from './oracle/effective.ts';

const name = 'outbound|80||web.shop.svc.cluster.local';
const raw = { mode: 'raw', sni: '', sans: [] } as const;
const mutual = {
  mode: 'istio',
  sni: 'outbound_.80_._.web.shop.svc.cluster.local',
  sans: ['spiffe://a', 'spiffe://b'],
} as const;

const cluster: ActualCluster = {
  name,
  type: 'EDS',
  tls: raw,
  matches: [
    { name: 'tlsMode-istio', tlsMode: 'istio', tls: mutual },
    { name: 'tlsMode-disabled', tlsMode: '', tls: raw },
  ],
  lbPolicy: 'LEAST_REQUEST',
  localityWeighted: false,
  panicThreshold: 0,
  outlierDetection: false,
};

const near: ActualEndpoint = {
  address: '10.1.0.1:8080',
  weight: 2,
  priority: 0,
  locality: 'r1/z1',
  health: 'HEALTHY',
  tlsMode: 'istio',
  cluster: 'c1',
  workload: 'web',
};
const far: ActualEndpoint = { ...near, address: '203.0.2.1:15443', priority: 1, locality: 'r2', cluster: 'c2' };

function actual(endpoints: readonly ActualEndpoint[], change: Partial<ActualCluster> = {}): ActualAnswer {
  const groups = endpoints.map(({ locality, priority, ...rest }, index) => ({
    locality,
    priority,
    weight: index + 1,
    endpoints: [{ locality, priority, ...rest }],
  }));
  return {
    clusters: new Map([[name, { ...cluster, ...change }]]),
    eds: new Map([[name, { groups, endpoints, overprovisioningFactor: undefined }]]),
    pushes: 1,
  };
}

function predictedOf({
  address,
  weight,
  priority,
  locality,
  tlsMode,
  cluster: inCluster,
}: ActualEndpoint): AnswerEndpoint {
  return {
    address,
    weight,
    priority,
    locality,
    network: 'n1',
    cluster: inCluster,
    via: 'pod',
    mtls: true,
    tlsMode,
    sni: mutual.sni,
    health: 'HEALTHY',
  };
}

/** All hosts are healthy, so the first priority takes all. */
function shareOf({ weight, priority }: AnswerEndpoint, all: readonly AnswerEndpoint[]): number {
  const total = all.reduce((sum, one) => sum + (one.priority === 0 ? one.weight : 0), 0);
  return priority === 0 ? (100 * weight) / total : 0;
}

function predicted(endpoints: readonly AnswerEndpoint[]): EdsAnswer {
  return {
    outcome: 'Answer',
    envoyCluster: {
      name,
      type: 'EDS',
      tls: 'Auto',
      sni: mutual.sni,
      sans: ['spiffe://b', 'spiffe://a'],
      localityWeighted: false,
      panicThreshold: 0,
      maxEjection: 0,
    },
    endpoints,
    effective: endpoints.map((endpoint) => ({ ...endpoint, share: shareOf(endpoint, endpoints) })),
    excluded: [],
    assumptions: [],
  };
}

const none: EdsAnswer = { outcome: 'None', code: 'unknown-host', explanation: 'nobody has it' };
const both = predicted([predictedOf(near), predictedOf(far)]);

describe('compareAnswer', () => {
  test('is silent where prediction and istiod agree', () => {
    expect(compareAnswer(both, actual([near, far]), name)).toBeUndefined();
    expect(compareAnswer(none, { clusters: new Map(), eds: new Map(), pushes: 1 }, name)).toBeUndefined();
  });

  test('does not care for the order inside a group, but for that of groups', () => {
    const twin = { ...near, address: '10.1.0.2:8080' };
    expect(compareAnswer(predicted([near, twin].map(predictedOf)), actual([twin, near]), name)).toBeUndefined();
    expect(compareAnswer(both, actual([far, near]), name)?.kind).toBe('order, tlsMode or cluster');
  });

  test.each([
    ['weight', { weight: 3 }],
    ['priority', { priority: 2 }],
    ['locality', { locality: 'r1/z2' }],
    ['health', { health: 'UNHEALTHY' }],
    ['other addresses', { address: '10.1.0.9:8080' }],
    ['order, tlsMode or cluster', { tlsMode: '' }],
    ['order, tlsMode or cluster', { cluster: 'c3' }],
  ] as const)('finds another %s', (kind, change) => {
    expect(compareAnswer(both, actual([{ ...near, ...change }, far]), name)?.kind).toBe(kind);
  });

  test('finds missing and superfluous endpoints, and says which', () => {
    const few = compareAnswer(both, actual([near, far, { ...near, address: '10.1.0.3:8080' }]), name);
    expect(few?.kind).toBe('too few endpoints');
    expect(few?.lines.join('\n')).toContain('10.1.0.3:8080 weight 2 HEALTHY tlsMode istio of c1');
    expect(compareAnswer(both, actual([near]), name)?.kind).toBe('too many endpoints');
  });

  test.each([
    ['cluster type', { type: 'ORIGINAL_DST' }],
    ['tls', { matches: [] }],
    ['tls', { matches: [], tls: { ...raw, mode: 'tls' } }],
    ['sans', { matches: [{ name: 'm', tlsMode: 'istio', tls: { ...mutual, sans: ['spiffe://a'] } }] }],
    ['cluster sni', { matches: [{ name: 'm', tlsMode: 'istio', tls: { ...mutual, sni: 'other' } }] }],
    ['locality weighted', { localityWeighted: true }],
    ['panic threshold', { panicThreshold: undefined }],
  ] as const)('finds another %s of the cluster', (kind, change) => {
    expect(compareAnswer(both, actual([near, far], change), name)?.kind).toBe(kind);
  });

  test('finds other weights of localities where Envoy goes by them', () => {
    const twin = { ...near, locality: 'r1/z2', address: '10.1.0.2:8080' };
    const answer = predicted([near, twin].map(predictedOf));
    if (answer.outcome === 'None') throw new Error('there is no answer');
    const weighted = { ...answer, envoyCluster: { ...answer.envoyCluster, localityWeighted: true } };
    expect(compareAnswer(answer, actual([near, twin]), name)).toBeUndefined();
    expect(compareAnswer(weighted, actual([near, twin], { localityWeighted: true }), name)?.kind).toBe('shares');
  });

  test('finds another kind of a cluster that has no endpoints', () => {
    const dns: EdsAnswer = { ...none, code: 'not-eds', type: 'STRICT_DNS' };
    expect(compareAnswer(dns, actual([], { type: 'STRICT_DNS' }), name)).toBeUndefined();
    expect(compareAnswer(dns, actual([], { type: 'ORIGINAL_DST' }), name)?.kind).toBe('predicted not-eds');
    expect(compareAnswer(dns, { clusters: new Map(), eds: new Map(), pushes: 1 }, name)?.kind).toBe(
      'predicted not-eds',
    );
    expect(compareAnswer({ ...dns, type: 'DYNAMIC_DNS' }, actual([], { type: 'OTHER' }), name)).toBeUndefined();
  });

  test('takes any of several possible answers, and otherwise shows the first', () => {
    expect(compareAnswers([both, none], actual([near, far]), name)).toBeUndefined();
    expect(compareAnswers([none, both], actual([near, far]), name)).toBeUndefined();
    expect(compareAnswers([none, none], actual([near, far]), name)?.kind).toBe('predicted unknown-host');
  });

  test('finds clusters that should be there, or should not', () => {
    expect(compareAnswer(none, actual([near]), name)?.kind).toBe('predicted unknown-host');
    expect(compareAnswer(both, { clusters: new Map(), eds: new Map(), pushes: 1 }, name)?.kind).toBe('no such cluster');
  });
});

test('clusters are named as in Envoy', () => {
  const query = { host: 'web.shop.svc.cluster.local', port: 80, subset: 'v1' } as const;
  expect(clusterName({ ...query, mode: 'outbound' })).toBe('outbound|80|v1|web.shop.svc.cluster.local');
  expect(clusterName({ ...query, mode: 'sni-dnat' })).toBe('outbound_.80_.v1_.web.shop.svc.cluster.local');
});

describe('what a real Envoy has', () => {
  test.each([
    ['outbound|80|v1|web.shop', { host: 'web.shop', port: 80, subset: 'v1', mode: 'outbound' }],
    ['outbound_.80_._.web.shop', { host: 'web.shop', port: 80, subset: '', mode: 'sni-dnat' }],
    ['inbound|8080||', undefined],
    ['PassthroughCluster', undefined],
  ] as const)('cluster %s', (cluster, query) => {
    expect(queryOf(cluster)).toEqual(query);
    if (query !== undefined) expect(clusterName(query)).toBe(cluster);
  });

  test('is compared host by host, with all that decides about a share', () => {
    if (both.outcome === 'None') throw new Error('there is no answer');
    const hosts = both.effective.map(({ address, priority, weight, health }) => ({
      address,
      priority,
      weight,
      health,
      locality: priority === 0 ? 'r1/z1' : 'r2',
    }));
    const same = effectiveHosts(both, hosts.toReversed());
    expect(same?.actual).toEqual(same?.predicted);
    for (const change of [{ weight: 9 }, { priority: 7 }, { locality: 'r9' }, { health: 'UNHEALTHY' as const }]) {
      const other = effectiveHosts(
        both,
        hosts.map((host) => ({ ...host, ...change })),
      );
      expect(other?.actual).not.toEqual(other?.predicted);
    }
  });

  test('is not compared where two copies of an address are in one group', () => {
    const twice = predicted([predictedOf(near), predictedOf({ ...near, weight: 5 })]);
    if (twice.outcome === 'None') throw new Error('there is no answer');
    expect(effectiveHosts(twice, [])).toBeUndefined();
  });
});
