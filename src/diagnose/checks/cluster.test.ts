import { describe, expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import type { ClusterFacts } from '../facts/status.ts';
import { clusterFindings } from './cluster.ts';

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')] as const;
const reading = { at: '2026-11-21T00:00:00.000Z', context: 'prod-west' };
const facts: ClusterFacts = {
  cluster: west,
  network: 'us',
  server: 'https://192.0.2.1',
  kubernetes: 'v1.36.3',
  istiod: { wanted: 1, available: 1, complete: true, version: '1.31.0', runsIn: west },
  gateway: { wanted: 1, available: 1, complete: true, address: '192.0.2.2' },
  peers: [{ peer: east, configured: true, state: 'synced', answers: 'Yes' }],
  certificate: { notAfter: '2027-11-21T00:00:00.000Z', rootFingerprint: 'AB' },
  injectNamespaces: [{ name: 'shop', labelled: true }],
};

type Proxies = Parameters<typeof clusterFindings>[1];

function found(over: Partial<ClusterFacts>, proxies: Proxies = []): readonly string[] {
  return clusterFindings({ ...facts, ...over }, proxies, reading).map(
    ({ severity, code, message }) => `${severity} ${code}: ${message}`,
  );
}

test('a cluster that is as the mesh wants it has none', () => {
  expect(found({})).toEqual([]);
  expect(found({ gateway: undefined })).toEqual([]);
});

test('every finding says where and when it was seen', () => {
  const [finding] = clusterFindings({ ...facts, certificate: undefined }, [], reading);
  expect(finding?.evidence).toEqual([
    { fact: 'it is missing, or holds no certificate with its root', source: 'west: Secret cacerts', at: reading.at },
  ]);
});

describe('control plane and gateway', () => {
  test('that are not ready', () => {
    const half = { wanted: 2, available: 1, complete: false };
    expect(found({ istiod: { ...facts.istiod, ...half } })).toEqual([
      'error control-plane-not-ready: istiod: 1 of 2 available',
    ]);
    expect(found({ istiod: { ...facts.istiod, wanted: 0, complete: false, runsIn: east } })).toEqual([
      'error control-plane-not-ready: its istiod in east: it does not exist, is scaled to 0 or is out of reach',
    ]);
    expect(found({ gateway: { ...half, address: undefined } })).toEqual([
      'error gateway-not-ready: east-west gateway: 1 of 2 available',
      'error gateway-address: east-west gateway: no address',
    ]);
  });
});

describe('a peer', () => {
  const peer = facts.peers[0];
  if (peer === undefined) throw new Error('there is a peer');

  test.each([
    [{ configured: false }, 'error peer-secret: no remote secret for east'],
    [{ state: 'timeout' }, 'error peer-sync: istiod reports east as timeout'],
    [
      { answers: 'No' as const, detail: 'no answer within 8 s' },
      'error peer-answer: istiod gets no answer from the API server of east (no answer within 8 s): what it knows of east may be old',
    ],
    [
      { answers: 'Unknown' as const, detail: 'istiod does not say' },
      'warning peer-answer: whether istiod still gets an answer from the API server of east is unknown: istiod does not say',
    ],
  ])('%o', (over, expected) => {
    expect(found({ peers: [{ ...peer, ...over }] })).toEqual([expected]);
  });
});

describe('certificates, labels and versions', () => {
  const endsOn = (notAfter: string): Partial<ClusterFacts> => ({ certificate: { notAfter, rootFingerprint: 'AB' } });

  test('an intermediate is reported from 30 days before its end', () => {
    expect(found(endsOn('2026-12-21T00:00:00.000Z'))).toEqual([]);
    expect(found(endsOn('2026-12-20T23:59:59.000Z'))).toEqual([
      'warning trust-expiry: the intermediate ends on 2026-12-20T23:59:59.000Z',
    ]);
    expect(found(endsOn('2026-11-21T00:00:00.000Z'))).toEqual([
      'error trust-expiry: the intermediate ended on 2026-11-21T00:00:00.000Z',
    ]);
  });

  test('a namespace without the label', () => {
    expect(found({ injectNamespaces: [{ name: 'shop', labelled: false }] })).toEqual([
      'error injection-label: namespace shop is not labelled for injection',
    ]);
  });

  test('proxies that istiod does not support are named, those that it supports are not', () => {
    const proxy = (name: string, version: string): Proxies[number] => ({ namespace: 'shop', name, version });
    const all = [proxy('old', '1.29.4'), proxy('older', '1.28.0'), proxy('fits', '1.30.0'), proxy('new', '1.32.0')];
    expect(found({}, all)).toEqual([
      'error skew-proxy: proxies are too old for istiod 1.31.0: shop/old (1.29.4) and 1 more',
      'error skew-proxy: proxies are newer than istiod 1.31.0: shop/new (1.32.0)',
    ]);
  });

  test('a Kubernetes that istiod does not support', () => {
    expect(found({ kubernetes: 'v1.31.2' })).toEqual([
      'error skew-kubernetes: Istio 1.31.0 needs Kubernetes 1.32 or later, and this is v1.31.2',
    ]);
  });
});
