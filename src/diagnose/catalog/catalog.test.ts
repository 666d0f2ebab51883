import { describe, expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Finding, FindingCode } from '../../base/finding.ts';
import { partsOf } from '../../base/remedy.ts';
import type { AdoptionWish, InstalledIstio, InstalledIstiod } from '../../istio/adoption.ts';
import { accessFinding, homeFinding } from '../checks/access.ts';
import { adoptionFindings } from '../checks/adoption/adoption.ts';
import { clusterFindings } from '../checks/cluster/cluster.ts';
import { istiodVersionFindings } from '../checks/cluster/skew-istiod.ts';
import { unreadFinding } from '../checks/cluster/unread.ts';
import { driftFindings } from '../checks/drift.ts';
import { reachFindings } from '../checks/join/reach.ts';
import { failingHop } from '../checks/request/failing-hop.ts';
import { callerObstacle, serverObstacle } from '../checks/request/obstacles.ts';
import { sidecarRefusal } from '../checks/request/set-up.ts';
import { shareFailure } from '../checks/request/share.ts';
import type { ProbeFacts } from '../facts/probe.ts';
import type { RequestFacts } from '../facts/request.ts';
import type { ClusterFacts } from '../facts/status.ts';
import { errorCatalog, findingCatalog } from './catalog.ts';

const at = '2026-11-21T00:00:00.000Z';
const [west, east] = [clusterName.parse('west'), clusterName.parse('east')] as const;

/** The message of a finding as people see it. */
function shownOf({ code, cluster, message }: Finding): string {
  return code.startsWith('verify-') || cluster === undefined ? message : `${cluster}: ${message}`;
}

describe('an entry shows a message as a check words it', () => {
  const half = { exists: true, wanted: 2, available: 1, updated: 1, complete: false };
  const facts = {
    cluster: west,
    network: 'us',
    server: 'https://192.0.2.1',
    kubernetes: 'v1.31.2',
    istiod: { ...half, version: '1.31.0', runsIn: west },
    gateway: { ...half, address: undefined },
    ingress: { ...half, address: undefined, awaitsAddress: true },
    peers: [
      { peer: east, configured: true, state: 'timeout', answers: 'Unknown' },
      { peer: east, configured: true, state: 'synced', answers: 'No', detail: 'no answer within 8 s' },
    ],
    certificate: { notAfter: '2026-12-20T23:59:59.000Z', rootFingerprint: 'AB' },
    injectNamespaces: [{ name: 'sample', labelled: false }],
    unread: (['Intermediate', 'RemoteSecrets'] as const).map((part) => ({
      part,
      error: new IsthmusError('access-denied', 'cluster west: ann may not list secrets in istio-system'),
    })),
  } satisfies ClusterFacts;
  const reading = { at, context: 'west' };
  const proxies = ['old', 'older'].map((name) => ({ namespace: 'shop', name, version: '1.29.4' }));
  const refused = new IsthmusError(
    'cluster-unreachable',
    'cluster east: https://198.51.100.7:6443 refuses connections',
  );
  const home = new IsthmusError('cluster-unreachable', 'cluster west: https://198.51.100.7:6443 refuses connections');
  const access = findingCatalog['access-failed'].shown.replace('east: ', '');

  const istiod: InstalledIstiod = {
    revision: 'default',
    version: '1.29.2',
    cluster: 'Kubernetes',
    proxies: { cluster: 'Kubernetes', network: '', mesh: '' },
    trustDomain: 'corp',
    meshNetworks: {},
    serviceSettings: [],
    servesRemotes: false,
    isOurs: false,
  };
  const installed: InstalledIstio = {
    installer: { kind: 'Istioctl' },
    istiods: [istiod],
    networkLabel: undefined,
    gateways: [
      { name: 'ew', namespace: 'gw', network: 'eu', selectsEastWest: true, release: undefined, workload: undefined },
    ],
    elsewhere: [{ kind: 'Service', namespace: 'team', name: 'ew' }],
    remoteSecrets: [{ name: 'mine', clusters: ['east'] }],
    signsWith: 'Own',
  };
  const wish: AdoptionWish = {
    cluster: 'west',
    context: 'prod-west',
    network: 'us',
    mesh: 'shop',
    trustDomain: 'cluster.local',
    version: '1.31',
    revision: 'default',
    revisionIsChosen: false,
    issuer: 'Theirs',
    spansNetworks: true,
    servesRemotes: true,
    peers: ['east'],
    meshNetworks: { eu: { gateways: [{ address: '203.0.113.7', port: 15443 }] } },
    serviceSettings: [],
  };
  const adopt = (over: Partial<InstalledIstio> = {}): readonly Finding[] =>
    adoptionFindings(wish, { ...installed, ...over }, at);

  const pair = { from: { name: 'west', network: 'us' }, to: { name: 'east', network: 'eu' } };
  const request: RequestFacts = {
    attempts: 9,
    lookup: { address: '10.0.0.1' },
    answers: [],
    identities: [],
    proxy: { state: 'Known', hosts: [] },
    dials: [],
  };
  const dial = { address: '192.0.2.9', port: 15443 };
  const hop = (over: Partial<RequestFacts>): Finding =>
    failingHop({ pair, evidence: { ...request, ...over }, at, serverIp: '10.1.0.9', serverId: 'spiffe://server' })
      .finding;
  const hosts = [
    { ...dial, healthy: true, priority: 0, weight: 1, requests: 9, successes: 0, connectFailures: 0 },
  ] as const;
  const known = { state: 'Known', hosts } as const;
  const pod = { ready: true, started: true, waitsForSidecar: false, blocked: false, detail: '' };
  const probe = (over: Partial<ProbeFacts>): ProbeFacts => ({
    member: pair.from,
    problem: undefined,
    server: pod,
    client: pod,
    sidecar: undefined,
    logProblem: undefined,
    readAt: at,
    ...over,
  });
  const server = { member: pair.to, server: { ...pod, ready: false } };

  const found: readonly (Finding | undefined)[] = [
    ...clusterFindings({ ...facts, mtlsDisabledBy: 'PeerAuthentication istio-system/default' }, [], reading),
    ...clusterFindings(facts, proxies, reading),
    ...clusterFindings(
      {
        ...facts,
        unread: [],
        cluster: east,
        peers: [{ peer: west, configured: false, state: '', answers: 'Unknown' }],
      },
      [],
      reading,
    ),
    ...istiodVersionFindings(
      { cluster: west, istiod: { ...facts.istiod, version: '1.29.0' } },
      [{ cluster: 'east', revision: 'default', version: '1.31.0' }],
      at,
    ),
    ...driftFindings(
      west,
      {
        state: 'Compared',
        objects: [
          {
            object: 'Deployment istio-system/istiod',
            what: 'Changed',
            fields: [{ field: 'spec.replicas', managers: ['kubectl'] }],
          },
        ],
        services: [],
      },
      { at },
    ),
    ...driftFindings(
      west,
      {
        state: 'Unread',
        error: new IsthmusError('istioctl-not-found', 'there is no istioctl in the folders of PATH (/usr/bin)'),
      },
      { at },
    ),
    unreadFinding('east', refused, at),
    homeFinding('west', home, at),
    accessFinding('east', new IsthmusError('context-not-found', access), at),
    ...adopt(),
    ...adopt({ istiods: [] }),
    ...adopt({ istiods: [istiod, { ...istiod, revision: 'canary' }] }),
    ...adopt({ istiods: [{ ...istiod, isOurs: true }] }),
    ...reachFindings(
      { joining: 'apac', from: 'west', to: 'apac', server: 'https://10.0.0.9:6443', at },
      'NotReached',
      'the connection timed out',
    ),
    hop({ lookup: { error: 'ENOTFOUND' } }),
    hop({}),
    hop({ proxy: { state: 'Known', hosts: [{ ...hosts[0], address: '10.1.0.9' }] } }),
    hop({ proxy: known, dials: [{ ...dial, tcp: 'Timeout', tls: 'None' }] }),
    hop({ proxy: known, lastFailure: { status: 503, body: 'CERTIFICATE_VERIFY_FAILED' } }),
    hop({ proxy: known, dials: [{ ...dial, tcp: 'Connected', tls: 'Closed' }] }),
    hop({ proxy: known, lastFailure: { status: 403 } }),
    hop({ proxy: known, lastFailure: { status: 503 } }),
    callerObstacle(probe({ sidecar: { state: 'Waiting', detail: '' } }))?.finding,
    callerObstacle(probe({ client: { ...pod, started: false } }))?.finding,
    serverObstacle(probe(server))?.finding,
    sidecarRefusal('east', {}, at),
    shareFailure({ from: 'west', clusters: ['east'], percent: 3, minimumPercent: 12.5, hasEndpoint: true }, request, at)
      .finding,
  ];
  const byCode = new Map<FindingCode, readonly string[]>();
  for (const one of found) if (one) byCode.set(one.code, [...(byCode.get(one.code) ?? []), shownOf(one)]);

  test.each([...byCode].map(([code, messages]) => ({ code, messages })))('$code', ({ code, messages }) => {
    expect(messages).toContain(findingCatalog[code].shown);
  });

  test('most codes of clusters and requests are among them', () => {
    expect(byCode.size).toBeGreaterThan(38);
  });
});

test('no entry repeats another, and every remedy says something', () => {
  const entries = [...Object.values(findingCatalog), ...Object.values(errorCatalog)];
  expect(new Set(entries.map(({ shown }) => shown)).size).toBe(entries.length);
  for (const { remedy } of entries) expect(partsOf(remedy).length).toBeGreaterThan(0);
});

test('no entry hands over the override of the guard that it is about', () => {
  const overrides = Object.entries({ ...findingCatalog, ...errorCatalog })
    .filter(([, { remedy }]) => JSON.stringify(partsOf(remedy)).includes('maxDelete'))
    .map(([code]) => code);
  expect(overrides).toEqual([]);
});
