import { describe, expect, test } from 'vitest';
import { clusterName } from '../../../api/name.ts';
import { IsthmusError } from '../../../base/error.ts';
import type { ClusterFacts } from '../../facts/status.ts';
import { clusterFindings } from './cluster.ts';
import { intermediateFindings } from './intermediate.ts';

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')] as const;
const reading = { at: '2026-11-21T00:00:00.000Z', context: 'prod-west' };
const facts = {
  cluster: west,
  network: 'us',
  server: 'https://192.0.2.1',
  kubernetes: 'v1.36.3',
  istiod: { exists: true, wanted: 1, available: 1, updated: 1, complete: true, version: '1.31.0', runsIn: west },
  gateway: { exists: true, wanted: 1, available: 1, updated: 1, complete: true, address: '192.0.2.2' },
  peers: [{ peer: east, configured: true, state: 'synced', answers: 'Yes' }],
  certificate: { notAfter: '2027-11-21T00:00:00.000Z', rootFingerprint: 'AB' },
  injectNamespaces: [{ name: 'shop', labelled: true }],
  unread: [],
} satisfies ClusterFacts;

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
  const half = { exists: true, wanted: 2, available: 1, updated: 2, complete: false };

  test('that are not ready', () => {
    expect(found({ istiod: { ...facts.istiod, ...half } })).toEqual([
      'error control-plane-not-ready: istiod: 1 of 2 available',
    ]);
    expect(found({ gateway: { ...half, address: undefined } })).toEqual([
      'error gateway-not-ready: east-west gateway: 1 of 2 available',
      'error gateway-address: east-west gateway: no address',
    ]);
  });

  test('an ingress gateway is judged for itself, and for an address where a load balancer is to give one', () => {
    const ingress = { ...half, address: undefined, awaitsAddress: true };
    expect(found({ ingress })).toEqual([
      'error ingress-not-ready: ingress gateway: 1 of 2 available',
      'error ingress-address: ingress gateway: no address',
    ]);
    const whole = { ...half, available: 2, complete: true };
    expect(found({ ingress: { ...whole, address: undefined, awaitsAddress: false } })).toEqual([]);
    expect(found({ ingress: { ...whole, address: '192.0.2.9', awaitsAddress: true } })).toEqual([]);
    expect(found({ ingress: null })).toEqual([]);
  });

  test('an ingress gateway beside an adopted Istio is ours: an apply makes it', () => {
    const none = { exists: false, wanted: 0, available: 0, updated: 0, complete: false };
    const ingress = { ...none, address: '192.0.2.9', awaitsAddress: true };
    const [finding] = clusterFindings({ ...facts, istio: 'Installed', ingress }, [], reading);
    expect(finding).toMatchObject({ code: 'ingress-not-ready', fix: [{ do: 'Run' }] });
  });

  test('that do not exist are distinguished from those that are scaled to 0, and by whom', () => {
    const none = { exists: false, wanted: 0, available: 0, updated: 0, complete: false };
    expect(found({ istiod: { ...facts.istiod, ...none, runsIn: east } })).toEqual([
      'error control-plane-not-ready: its istiod in east: it does not exist',
    ]);
    const scaled = { ...facts.istiod, ...none, exists: true, complete: true, scaledBy: 'kubectl' };
    const [finding] = clusterFindings({ ...facts, istiod: scaled }, [], reading);
    expect(finding?.message).toBe('istiod: it is scaled to 0 (by kubectl)');
    expect(JSON.stringify(finding?.remedy)).toContain('--replicas=1');
  });

  test('that roll out while enough pods serve are no failure, but those that have stalled are', () => {
    const rolling = { ...facts.gateway, available: 1, updated: 0, complete: false };
    expect(found({ gateway: rolling })).toEqual([
      'warning gateway-not-ready: east-west gateway: rolling out: 0 of 1 updated',
    ]);
    expect(found({ gateway: { ...rolling, stalled: 'it has timed out progressing' } })).toEqual([
      'error gateway-not-ready: east-west gateway: the rollout has stalled with 0 of 1 updated: it has timed out progressing',
    ]);
  });
});

describe('what could not be read', () => {
  test('is one unknown finding for each reason, and no other', () => {
    const error = new IsthmusError('access-denied', 'cluster west: ann may not get secrets');
    const unread = (['Intermediate', 'RemoteSecrets'] as const).map((part) => ({ part, error }));
    const peers = [{ peer: east, configured: null, state: null, answers: 'Unknown' }] as const;
    const findings = clusterFindings({ ...facts, certificate: null, peers, unread }, [], reading);
    expect(findings).toMatchObject([
      {
        code: 'cluster-part-unread',
        confidence: 'Unknown',
        message: 'unknown: its intermediate, its remote secrets: ann may not get secrets',
      },
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
      { state: 'syncing', failure: 'failed to list *v1.Namespace: Unauthorized' },
      'error peer-sync: istiod reports east as syncing: east answers 401 Unauthorized to the token in Secret istio-system/istio-remote-secret-east',
    ],
    [
      { state: 'syncing', failure: 'dial tcp 192.0.2.1:6443: connect: connection refused' },
      'error peer-sync: istiod reports east as syncing: dial tcp 192.0.2.1:6443: connect: connection refused',
    ],
    [
      { answers: 'No' as const, detail: 'no answer within 8 s' },
      'error peer-answer: istiod gets no answer from the API server of east (no answer within 8 s): its endpoints for east may be stale',
    ],
    [
      { answers: 'Unknown' as const, detail: 'istiod does not say' },
      'warning peer-answer: whether istiod still gets an answer from the API server of east is unknown: istiod does not say',
    ],
  ])('%o', (over, expected) => {
    expect(found({ peers: [{ ...peer, ...over }] })).toEqual([expected]);
  });

  test('whose certificate istiod does not know need their CA in the mesh file', () => {
    const failure = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    const peers = [{ ...peer, state: 'syncing', failure }];
    const [finding] = clusterFindings({ ...facts, peers }, [], reading);
    expect(finding?.message).toBe(`istiod reports east as syncing: ${failure}`);
    expect(JSON.stringify(finding?.remedy)).toContain('spec.peerCertificateAuthority');
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

  test('an intermediate that someone else made is theirs to renew', () => {
    const remedyOf = (isTheirs: boolean): string => {
      const certificate = { notAfter: '2026-12-01T00:00:00.000Z', rootFingerprint: 'AB', isTheirs };
      return JSON.stringify(
        intermediateFindings({ cluster: facts.cluster, certificate, istiod: null }, reading)[0]?.remedy,
      );
    };
    expect(remedyOf(false)).toContain('"operation":"apply"');
    expect(remedyOf(true)).toContain('whoever made the Secret cacerts');
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
