import { describe, expect, test } from 'vitest';
import {
  type Condition,
  type ConditionType,
  conditionTypes,
  type MeshClusterStatus,
  meshClusterStatus,
} from '../api/mesh-cluster-status.ts';
import { IsthmusError } from '../base/error.ts';
import type { Finding } from '../report/finding.ts';
import type { ClusterStatus, ReachableStatus } from '../report/status.ts';
import { observationsOf } from './observations.ts';
import { asDeclared, failed, type Outcome, paused } from './outcome.ts';
import { type Knowledge, saysTheSame, statusOf } from './status.ts';

const now = Date.parse('2030-01-01T12:00:00Z');
const at = now - 1_000;

const rollout = { exists: true, wanted: 1, available: 1, updated: 1, complete: true };
const healthy: ReachableStatus = {
  cluster: 'east',
  network: 'eu',
  reachable: true,
  server: 'https://east',
  kubernetes: 'v1.36.0',
  istiod: { ...rollout, runsIn: 'east' },
  gateway: { ...rollout, address: '192.0.2.1' },
  peers: [
    { peer: 'west', configured: true, state: 'synced', answers: 'Yes' },
    { peer: 'north', configured: true, state: 'synced', answers: 'Yes' },
  ],
  certificate: { notAfter: '2030-12-31T13:00:00Z', rootFingerprint: 'AA' },
  injectNamespaces: [],
  unread: [],
  findings: [],
};

function finding(code: Finding['code'], category: Finding['category'], more: Partial<Finding> = {}): Finding {
  return {
    code,
    severity: 'error',
    category: category ?? 'Config',
    message: `${code} is wrong`,
    remedy: ['mend it'],
    ...more,
  };
}

const unreachable: ClusterStatus = {
  cluster: 'east',
  network: 'eu',
  reachable: false,
  error: { code: 'cluster-unreachable', message: 'cluster east: refuses connections', retry: true },
  findings: [],
};

function knowledge(statuses: readonly ClusterStatus[], more: Partial<Knowledge> = {}): Knowledge {
  return {
    now,
    staleMs: 180_000,
    absence: 'Kept',
    generation: 3,
    looks: statuses.map((status, index) => observationsOf(status, at - (statuses.length - 1 - index) * 1_000)),
    latest: statuses.at(-1),
    outcome: asDeclared(at, { writes: 0, restored: [] }),
    isReconciling: false,
    isLeaving: false,
    foughtOver: [],
    before: {},
    ...more,
  };
}

function conditionsOf(known: Knowledge): Readonly<Record<ConditionType, Condition>> {
  const { conditions = [] } = statusOf(known);
  return Object.fromEntries(conditions.map((one) => [one.type, one])) as Record<ConditionType, Condition>;
}

/** The conditions that are not as they are in a healthy cluster. */
function differing(known: Knowledge): readonly string[] {
  const usual = conditionsOf(knowledge([healthy, healthy]));
  return Object.values(conditionsOf(known))
    .filter(({ type, status, reason }) => usual[type].status !== status || usual[type].reason !== reason)
    .map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

describe('the status of a healthy cluster', () => {
  const status = statusOf(knowledge([healthy]));

  test('has every condition once, in order, as the schema has it', () => {
    expect(status.conditions?.map(({ type }) => type)).toEqual(conditionTypes);
    expect(meshClusterStatus.parse(status)).toEqual(status);
  });

  test('is Available, though nothing proves the data path', () => {
    expect(status.phase).toBe('Available');
    const of = conditionsOf(knowledge([healthy]));
    expect(of.Available.status).toBe('True');
    expect(of.DataPath).toMatchObject({ status: 'Unknown', reason: 'NotProbed' });
    expect(of.Drifted).toMatchObject({ status: 'False', reason: 'NoDrift' });
  });

  test('has what the columns show', () => {
    expect(status).toMatchObject({
      observedGeneration: 3,
      network: 'eu',
      controlPlane: 'own',
      peers: '2/2',
      gateways: '1/1',
      certificateNotAfter: '2030-12-31T13:00:00Z',
      certificateLeft: '364d',
    });
  });

  test('has the address of an ingress gateway that is declared, as far as it is known', () => {
    const ingressIn = (ingress: ReachableStatus['ingress']) =>
      statusOf(knowledge([ingress === undefined ? healthy : { ...healthy, ingress }])).ingress;
    expect(ingressIn({ ...rollout, address: '192.0.2.9' })).toBe('192.0.2.9');
    expect(ingressIn(rollout)).toBe('-');
    expect(ingressIn(null)).toBe('?');
    expect(ingressIn(undefined)).toBeUndefined();
    const before = statusOf(knowledge([{ ...healthy, ingress: { ...rollout, address: '192.0.2.9' } }]));
    expect(meshClusterStatus.parse(before)).toEqual(before);
    expect(statusOf(knowledge([unreachable], { before })).ingress).toBe('?');
  });

  test('says when what it stands on was seen', () => {
    const seen = new Set(status.conditions?.map(({ lastProbeTime }) => lastProbeTime));
    expect([...seen]).toEqual(['2030-01-01T11:59:59Z']);
  });

  test('of a remote on one network names where its istiod runs, and no gateway', () => {
    const { gateway: _, ...rest } = healthy;
    const known = knowledge([{ ...rest, istiod: { ...rollout, runsIn: 'west' } }]);
    expect(statusOf(known)).toMatchObject({ controlPlane: 'west', gateways: '-' });
    expect(conditionsOf(known).GatewayReady).toMatchObject({ status: 'True', reason: 'OneNetwork' });
  });
});

describe('what is wrong', () => {
  const { certificate: _, ...bare } = healthy;
  test.each<[string, Partial<ReachableStatus>, readonly string[]]>([
    [
      'no istiod',
      {
        istiod: { ...rollout, exists: false, complete: false, runsIn: 'east' },
        findings: [finding('control-plane-not-ready', 'Lifecycle')],
      },
      ['ControlPlaneReady=False IstiodMissing'],
    ],
    [
      'an istiod that is not whole',
      {
        istiod: { ...rollout, complete: false, runsIn: 'east' },
        findings: [finding('control-plane-not-ready', 'Lifecycle')],
      },
      ['ControlPlaneReady=False IstiodNotReady'],
    ],
    [
      'a gateway without an address',
      { gateway: rollout, findings: [finding('gateway-address', 'Network')] },
      ['GatewayReady=False GatewayWithoutAddress'],
    ],
    [
      'a peer without a secret',
      {
        peers: [{ peer: 'west', configured: false, state: null, answers: 'No' }],
        findings: [finding('peer-not-synced' as Finding['code'], 'Discovery')],
      },
      ['Discovered=False PeerNotConfigured'],
    ],
    [
      'a peer that is not read',
      {
        peers: [{ peer: 'west', configured: true, state: 'timeout', answers: 'No' }],
        findings: [finding('peer-not-synced' as Finding['code'], 'Discovery')],
      },
      ['Discovered=False PeerNotRead'],
    ],
    [
      'an intermediate that ends',
      { findings: [finding('trust-expiry', 'Trust')] },
      ['TrustReady=False CertificateEnding'],
    ],
    [
      'anything of the data path',
      { findings: [finding('gateway-open' as Finding['code'], 'DataPath')] },
      ['GatewayReady=False FindingsFound'],
    ],
  ])('%s', (_, change, expected) => {
    const status = { ...healthy, ...change };
    const first = expected.map((text) => text.split(' ')[1]);
    const known = knowledge([status, status]);
    expect(differing(known)).toEqual([`Available=False ${first[0]}`, ...expected]);
    expect(statusOf(known).phase).toBe('Degraded');
  });

  test('no intermediate', () => {
    const status = { ...bare, findings: [finding('trust-bundle', 'Trust')] };
    expect(differing(knowledge([status, status]))).toContain('TrustReady=False NoCertificate');
  });

  test('is reported with what to do about it', () => {
    const remedy = ['renew it with ', { do: 'Run', operation: 'apply' }] as const;
    const status = {
      ...healthy,
      findings: [finding('trust-expiry', 'Trust', { message: 'the intermediate ended', remedy: [...remedy] })],
    };
    const { message } = conditionsOf(knowledge([status, status])).TrustReady;
    expect(message).toBe('The intermediate ended. Renew it with `isthmus apply --home CONTEXT`.');
  });

  test('a warning leaves a condition True and is in its message', () => {
    const status = { ...healthy, findings: [finding('trust-expiry', 'Trust', { severity: 'warning' })] };
    const { status: is, message } = conditionsOf(knowledge([status])).TrustReady;
    expect(is).toBe('True');
    expect(message).toContain('Mend it.');
  });

  test('a credential that ends soon is wrong before it has ended', () => {
    const ending = { status: 'False', reason: 'CredentialEnding', message: 'The token ends.', seenAt: at } as const;
    expect(differing(knowledge([healthy, healthy], { istiodCredential: ending }))).toEqual([
      'Available=False CredentialEnding',
      'Discovered=False CredentialEnding',
    ]);
    expect(differing(knowledge([healthy, healthy], { ownCredential: ending }))).toEqual([
      'Available=False CredentialEnding',
      'UpToDate=False CredentialEnding',
    ]);
    expect(statusOf(knowledge([healthy, healthy], { ownCredential: ending })).phase).toBe('Degraded');
  });

  test('a part that could not be read is Unknown, and so is the whole', () => {
    const error = { code: 'access-denied', message: 'may not list Secrets', retry: false } as const;
    const known = knowledge([{ ...healthy, unread: [{ part: 'RemoteSecrets', error }] }]);
    expect(differing(known)).toEqual(['Available=Unknown Unread', 'Discovered=Unknown Unread']);
  });
});

describe('a cluster that does not answer', () => {
  test('is Unreachable after two looks, and nothing else of it is known', () => {
    const known = knowledge([healthy, unreachable, unreachable]);
    expect(differing(known)).toEqual([
      'Available=False Unreachable',
      'Reachable=False Unreachable',
      'TrustReady=Unknown Unreachable',
      'ControlPlaneReady=Unknown Unreachable',
      'GatewayReady=Unknown Unreachable',
      'Discovered=Unknown Unreachable',
      'DataPath=Unknown Unreachable',
    ]);
    expect(statusOf(known).phase).toBe('Unreachable');
  });

  test('keeps its certificate in the columns, and shows no old number', () => {
    const before = statusOf(knowledge([healthy]));
    const status = statusOf(knowledge([unreachable], { before }));
    expect(status).toMatchObject({
      peers: '?',
      gateways: '?',
      certificateLeft: '364d',
      network: 'eu',
      controlPlane: 'own',
    });
  });

  test('one that goes away during a look is not reached either', () => {
    const error = { code: 'cluster-unreachable', message: 'went away', retry: true } as const;
    const gone = { ...healthy, unread: [{ part: 'Gateway', error }] };
    expect(differing(knowledge([gone, gone]))).toContain('Reachable=False Unreachable');
  });

  test.each([
    ['authentication-failed', 'CredentialRefused'],
    ['access-denied', 'AccessDenied'],
    ['not-found', 'AccessMissing'],
    ['timeout', 'Unreachable'],
  ] as const)('says why: %s is %s', (code, reason) => {
    const status: ClusterStatus = { ...unreachable, error: { code, message: 'no', retry: false } };
    expect(conditionsOf(knowledge([status, status])).Reachable).toMatchObject({ status: 'False', reason });
  });
});

describe('what a reconcile came to', () => {
  test.each<[IsthmusError, readonly string[]]>([
    [
      new IsthmusError('root-key-missing', 'mesh shop has no root'),
      ['TrustReady=False IssuerMissing', 'UpToDate=False IssuerMissing'],
    ],
    [
      new IsthmusError('trust-invalid', 'they do not fit'),
      ['TrustReady=False TrustInvalid', 'UpToDate=False TrustInvalid'],
    ],
    [new IsthmusError('prune-guard', 'too many'), ['UpToDate=False DeletionGuard']],
    [new IsthmusError('invalid-config', 'no mesh'), ['UpToDate=False InvalidDocuments']],
    [new IsthmusError('rollout-stuck', 'istiod does not start'), ['UpToDate=False ApplyFailed']],
  ])('%s', (error, expected) => {
    const known = knowledge([healthy], { outcome: failed(now, error) });
    expect(differing(known)).toEqual(expect.arrayContaining([...expected]));
    expect(statusOf(known).phase).toBe('Failed');
  });

  test('another run at work is waited for, and nothing has failed', () => {
    const outcome = failed(now, new IsthmusError('lock-held', 'held by ann'));
    const known = knowledge([healthy], { outcome });
    expect(conditionsOf(known).UpToDate).toMatchObject({ status: 'False', reason: 'Reconciling' });
    expect(statusOf(known).phase).toBe('Degraded');
  });

  test('a cluster that could not be reached for it is not known to differ', () => {
    const outcome = failed(now, new IsthmusError('cluster-unreachable', 'refuses'));
    expect(conditionsOf(knowledge([healthy], { outcome })).UpToDate).toMatchObject({
      status: 'Unknown',
      reason: 'Unreachable',
    });
  });

  test('findings of the documents are reported, five at most', () => {
    const findings = [1, 2, 3, 4, 5, 6, 7].map((n) => ({
      code: 'value-invalid' as Finding['code'],
      severity: 'error' as const,
      message: `field ${n} is wrong`,
      remedy: 'correct it',
    }));
    const { message } = failed(now, new IsthmusError('invalid-config', 'no mesh', { findings }));
    expect(message).toContain('Field 5 is wrong. Correct it.');
    expect(message).not.toContain('Field 6');
    expect(message).toContain('2 more are wrong.');
  });

  test('a paused cluster that differs has the reason Paused, and one that does not is up to date', () => {
    const change = {
      action: 'Create',
      stage: 'Gateway',
      ref: { apiVersion: 'v1', kind: 'Service', name: 'a' },
      reason: '',
      drift: [],
      fields: [],
    } as const;
    const outcome = paused(now, [{ ...change, drift: [], fields: [] }]);
    expect(conditionsOf(knowledge([healthy], { outcome })).UpToDate).toMatchObject({
      status: 'False',
      reason: 'Paused',
    });
    expect(paused(now, [])).toMatchObject({ result: 'AsDeclared', reason: 'Paused' });
  });

  test('somebody who keeps changing it is named', () => {
    const foughtOver = ['Deployment istio-system/istiod: spec.replicas, set by hpa'];
    const of = conditionsOf(knowledge([healthy], { foughtOver }));
    expect(of.Drifted).toMatchObject({ status: 'True', reason: 'ChangedByOthers' });
    expect(of.Drifted.message).toContain('set by hpa');
    expect(of.Available).toMatchObject({ status: 'False', reason: 'ChangedByOthers' });
  });
});

describe('in time', () => {
  test('nothing is True when the last look is old, whatever was written before', () => {
    const before = statusOf(knowledge([healthy]));
    const later = knowledge([healthy], { now: now + 600_000, before });
    const looked: readonly ConditionType[] = [
      'Available',
      'Reachable',
      'TrustReady',
      'ControlPlaneReady',
      'GatewayReady',
      'Discovered',
    ];
    const of = conditionsOf(later);
    for (const type of looked) expect(of[type], type).toMatchObject({ status: 'Unknown', reason: 'Outdated' });
  });

  test('a new process takes over nothing that it has not seen', () => {
    const before = statusOf(knowledge([healthy]));
    const of = conditionsOf(knowledge([], { before, outcome: undefined, latest: undefined }));
    expect(of.Reachable).toMatchObject({ status: 'Unknown', reason: 'NotLooked' });
    expect(of.Available.status).toBe('Unknown');
  });

  test('the time of a transition is that of the last change of the status', () => {
    const first = statusOf(knowledge([healthy]));
    const second = statusOf(knowledge([healthy], { now: now + 60_000, before: first }));
    const times = (status: MeshClusterStatus) => status.conditions?.map(({ lastTransitionTime }) => lastTransitionTime);
    expect(times(second)).toEqual(times(first));
    const third = statusOf(knowledge([healthy, unreachable, unreachable], { now: now + 60_000, before: first }));
    const changed = third.conditions?.find(({ type }) => type === 'Reachable')?.lastTransitionTime;
    expect(changed).toBe('2030-01-01T12:01:00Z');
  });

  test('a status that was only seen again says the same', () => {
    const first = statusOf(knowledge([healthy]));
    const looks = [observationsOf(healthy, now + 50_000)];
    const again = statusOf(knowledge([healthy], { looks, now: now + 60_000, before: first }));
    expect(saysTheSame(again, first)).toBe(true);
    expect(saysTheSame(statusOf(knowledge([unreachable, unreachable])), first)).toBe(false);
  });
});

describe('the whole in one word', () => {
  const none = { outcome: undefined as Outcome | undefined };
  test.each<[string, Partial<Knowledge>]>([
    ['Created', none],
    ['Reconciling', { ...none, isReconciling: true }],
    ['Leaving', { isLeaving: true }],
  ])('%s', (phase, more) => {
    expect(statusOf(knowledge([], { latest: undefined, ...more })).phase).toBe(phase);
  });
});
