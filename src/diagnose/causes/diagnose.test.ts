import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding, FindingCode } from '../../base/finding.ts';
import { kubectl, run } from '../../base/remedy.ts';
import type { FlowFacts, MemberFacts, MeshEvidence } from '../facts/mesh.ts';
import type { PeerStatus } from '../facts/status.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';

const at = '2030-01-01T00:00:00.000Z';
const peer = (name: string, over: Partial<PeerStatus> = {}): PeerStatus =>
  ({ peer: name, configured: true, state: 'synced', answers: 'Yes', ...over }) as PeerStatus;

const member = (cluster: string, network: string, over: Partial<MemberFacts> = {}): MemberFacts => ({
  cluster,
  network,
  isRead: true,
  peers: [peer(cluster === 'west' ? 'east' : 'west')],
  gatewayAddress: '192.0.2.1',
  ...over,
});

const flow = (from: string, to: string, over: Partial<FlowFacts> = {}): FlowFacts => ({
  host: `only-${to}.sample.svc.cluster.local`,
  port: 5000,
  from,
  answeredBy: [to],
  outcome: 'Answered',
  findings: [],
  excluded: [],
  ...over,
});

const found = (code: FindingCode, cluster: string, over: Partial<Finding> = {}): Finding => ({
  code,
  severity: 'error',
  cluster,
  message: `${code} of ${cluster}${over.object === undefined ? '' : ` ${over.object}`}`,
  remedy: 'correct it',
  ...over,
});

const lost = (from: string, to: string, code: FindingCode, more: Partial<FlowFacts> = {}): FlowFacts =>
  flow(from, to, { answeredBy: [], outcome: 'Lost', findings: [found(code, to)], ...more });

const flows = [flow('west', 'west'), flow('west', 'east'), flow('east', 'west'), flow('east', 'east')];

const healthy: MeshEvidence = {
  mesh: 'shop',
  readAt: at,
  members: [member('west', 'us'), member('east', 'eu')],
  findings: [],
  relations: [
    { from: 'west', to: 'east', trusts: 'Yes' },
    { from: 'east', to: 'west', trusts: 'Yes' },
  ],
  flows,
};

/** The flows with those from west to east lost. */
function without(code: FindingCode, more: Partial<FlowFacts> = {}): readonly FlowFacts[] {
  return flows.map((one) =>
    one.from === 'west' && one.answeredBy.includes('east') ? lost('west', 'east', code, more) : one,
  );
}

function causes({ causes: all }: Diagnosis): readonly string[] {
  return all.map(({ finding, consequences }) => `${finding.code} < ${consequences.map(({ code }) => code).join(' ')}`);
}

function steps({ pairs }: Diagnosis, from: string, to: string): string {
  const ladder = pairs.find((one) => one.from === from && one.to === to);
  return (ladder?.rungs ?? []).map(({ rung, state }) => `${rung} ${state}`).join(', ');
}

test('a healthy mesh has no finding, and no step of a pair fails', () => {
  const diagnosis = diagnose(healthy);
  expect(diagnosis).toMatchObject({ verdict: 'Yes', causes: [], flows: { total: 4, lost: 0, open: 0 } });
  expect(diagnosis.pairs.map(({ firstFailed }) => firstFailed)).toEqual([undefined, undefined]);
  expect(steps(diagnosis, 'west', 'east')).not.toContain('Unknown');
});

describe('one cause is one finding, with all that follows from it', () => {
  test('a gateway that does not run', () => {
    const diagnosis = diagnose({
      ...healthy,
      findings: [
        found('drift', 'east', { object: 'Deployment istio-system/istio-eastwestgateway' }),
        found('gateway-not-ready', 'east'),
      ],
      flows: without('no-gateway-pod'),
    });
    expect(causes(diagnosis)).toEqual(['gateway-not-ready < drift no-gateway-pod']);
    expect(diagnosis.causes[0]?.finding).toMatchObject({
      impact: '1 of 4 pairs',
      explains: ['drift', 'no-gateway-pod'],
    });
    expect(steps(diagnosis, 'west', 'east')).toContain('Sni Failed, Secret Passed, Token Passed, Endpoints');
    expect(diagnosis.pairs[0]?.firstFailed).toBe('Sni');
    expect(diagnosis.pairs[1]?.firstFailed).toBeUndefined();
  });

  test('a gateway that does not run, though istiod holds the endpoints behind it', () => {
    const held = [{ cluster: 'west', peer: 'east', endpoints: 3 }];
    const broken = { ...healthy, findings: [found('gateway-not-ready', 'east')], flows: without('no-gateway-pod') };
    expect(steps(diagnose({ ...broken, held }), 'west', 'east')).toContain(
      'Endpoints Passed, Envoy Passed, Request Follows',
    );
    expect(steps(diagnose(broken), 'west', 'east')).toContain('Endpoints Unknown');
  });

  test('a Gateway object that is gone, which only the comparison with the mesh file names', () => {
    const diagnosis = diagnose({
      ...healthy,
      findings: [found('drift', 'east', { object: 'Gateway istio-system/cross-network-gateway' })],
      flows: without('no-server'),
    });
    expect(causes(diagnosis)).toEqual(['drift < no-server']);
    expect(causes(diagnose({ ...healthy, flows: without('no-server') }))).toEqual(['no-server < ']);
  });

  test('of which servers that are gone are none: nothing is left out on the way to them', () => {
    const callers = flows.map((one) =>
      one.answeredBy.includes('east')
        ? lost(one.from, 'east', 'no-endpoint', { findings: [found('no-endpoint', one.from)] })
        : one,
    );
    for (const code of ['gateway-not-ready', 'gateway-address', 'network-names', 'mtls-disabled'] as const) {
      const diagnosis = diagnose({ ...healthy, findings: [found(code, 'west')], flows: callers });
      expect(causes(diagnosis)).toEqual([`${code} < `, 'no-endpoint < ']);
    }
    const findings = [found('control-plane-not-ready', 'east')];
    expect(causes(diagnose({ ...healthy, findings, flows: callers }))).toEqual([
      'control-plane-not-ready < no-endpoint',
    ]);
  });

  test('an istiod that states another cluster, so that none serves its own', () => {
    const diagnosis = diagnose({
      ...healthy,
      findings: [found('drift', 'east', { object: 'Deployment istio-system/istiod' })],
      flows: flows.map((one) => (one.from === 'east' ? lost('east', 'east', 'no-istiod') : one)),
    });
    expect(causes(diagnosis)).toEqual(['drift < no-istiod']);
  });

  test('a rule without mutual TLS where the servers are, by which their gateway goes', () => {
    const message = 'DestinationRule sample/fault sends requests to only-east.sample.svc.cluster.local without TLS';
    const diagnosis = diagnose({
      ...healthy,
      findings: [found('rule-without-mtls', 'east', { message })],
      flows: without('no-healthy-endpoint'),
    });
    expect(causes(diagnosis)).toEqual(['rule-without-mtls < no-healthy-endpoint']);
  });

  test('a remote secret that is missing: its istiod has no endpoints there', () => {
    const excluded = [{ cluster: 'east', reason: 'no-remote-secret' }];
    const diagnosis = diagnose({
      ...healthy,
      members: [
        member('west', 'us', { peers: [peer('east', { configured: false, state: 'unknown', answers: 'Unknown' })] }),
        member('east', 'eu'),
      ],
      findings: [
        found('peer-secret', 'west', { peer: 'east' }),
        found('drift', 'west', { object: 'Secret istio-system/istio-remote-secret-east' }),
      ],
      flows: without('no-endpoint', { findings: [found('no-endpoint', 'west')], excluded }),
    });
    expect(causes(diagnosis)).toEqual(['peer-secret < drift no-endpoint']);
    expect(diagnosis.pairs[0]).toMatchObject({ from: 'west', to: 'east', firstFailed: 'Secret' });
    expect(steps(diagnosis, 'west', 'east')).toContain('Secret Failed, Token Follows, Endpoints Follows');
  });

  test('the rights of the reader in the other cluster', () => {
    const failure = 'pods is forbidden: User "isthmus-reader" cannot list resource "pods"';
    const diagnosis = diagnose({
      ...healthy,
      members: [
        member('west', 'us', { peers: [peer('east', { state: 'timeout', answers: 'Unknown', failure })] }),
        member('east', 'eu'),
      ],
      findings: [
        found('peer-sync', 'west', { peer: 'east' }),
        found('drift', 'east', { object: 'ClusterRoleBinding isthmus-reader' }),
      ],
    });
    expect(causes(diagnosis)).toEqual(['drift < peer-sync']);
    expect(diagnosis.pairs[0]?.firstFailed).toBe('Token');
  });

  test('the account of the reader in the other cluster, with which its token goes', () => {
    const diagnosis = diagnose({
      ...healthy,
      findings: [
        found('peer-sync', 'west', { peer: 'east' }),
        found('drift', 'east', { object: 'Secret istio-system/isthmus-reader-token' }),
        found('drift', 'east', { object: 'ServiceAccount istio-system/isthmus-reader' }),
      ],
      flows: without('no-endpoint', { findings: [found('no-endpoint', 'west')] }),
    });
    expect(causes(diagnosis)).toEqual(['drift < peer-sync drift no-endpoint']);
    expect(diagnosis.causes[0]?.finding.object).toBe('ServiceAccount istio-system/isthmus-reader');
  });

  test('the account of the reader, from which the remote secret is made that was not changed by itself', () => {
    const object = 'Secret istio-system/istio-remote-secret-east';
    const account = found('drift', 'east', { object: 'ServiceAccount istio-system/isthmus-reader' });
    const ofRemoteSecret = (message: string) =>
      causes(diagnose({ ...healthy, findings: [found('drift', 'west', { object, message }), account] }));
    expect(ofRemoteSecret(`${object}: it differs from the mesh file`)).toEqual(['drift < drift']);
    expect(ofRemoteSecret(`${object}: data.east changed by kubectl`)).toEqual(['drift < ', 'drift < ']);
  });

  test('mutual TLS that is off: proxies ask for no certificates, and only those', () => {
    const unused = 'the proxy of istio-system/gateway has no certificate or no root yet';
    const foreign = "the proxy of sample/web does not trust the mesh's roots but O=other";
    const diagnosis = diagnose({
      ...healthy,
      findings: [
        found('trust-proxy', 'east', { message: unused }),
        found('trust-proxy', 'east', { message: foreign }),
        found('mtls-disabled', 'east'),
      ],
      flows: without('no-mtls-at-server'),
    });
    expect(causes(diagnosis)).toEqual(['mtls-disabled < trust-proxy no-mtls-at-server', 'trust-proxy < ']);
  });

  test('cacerts of another root, down to the handshakes that fail', () => {
    const diagnosis = diagnose({
      ...healthy,
      findings: [
        found('trust-proxy', 'east'),
        found('trust-distributed', 'east'),
        found('trust-bundle', 'east'),
        found('drift', 'east', { object: 'Secret istio-system/cacerts' }),
      ],
      relations: [{ from: 'west', to: 'east', trusts: 'No' }],
      flows: without('no-common-root'),
    });
    expect(causes(diagnosis)).toEqual(['trust-bundle < trust-proxy trust-distributed drift no-common-root']);
    expect(diagnosis.pairs[0]?.firstFailed).toBe('Tls');
  });

  test('certificates of another mesh, which end soon and keep every cluster from being compared', () => {
    const message = 'it is not as declared: the existing certificates do not belong to the mesh; nothing was changed';
    const diagnosis = diagnose({
      ...healthy,
      findings: [
        found('trust-bundle', 'east', { message: "root-cert.pem trusts a root that is not the mesh's, CN=other" }),
        found('trust-expiry', 'east'),
        found('drift-unread', 'east', { message }),
        found('drift-unread', 'west', { message }),
      ],
    });
    expect(causes(diagnosis)).toEqual(['trust-bundle < trust-expiry drift-unread drift-unread']);
  });

  test('cacerts that lack a file keep every cluster from being compared', () => {
    const message = 'it is not as declared: the existing certificates do not belong to the mesh; nothing was changed';
    const diagnosis = diagnose({
      ...healthy,
      findings: [
        found('trust-bundle', 'west', { message: 'cert-chain.pem missing: istiod refuses an incomplete cacerts' }),
        found('drift-unread', 'west', { message }),
        found('drift-unread', 'east', { message }),
      ],
    });
    expect(causes(diagnosis)).toEqual(['trust-bundle < drift-unread drift-unread']);
  });

  test('an intermediate that ends is no consequence of what else is worth knowing of its Secret', () => {
    const noted = found('trust-bundle', 'east', { severity: 'warning', message: 'it outlives its signer' });
    const diagnosis = diagnose({ ...healthy, findings: [noted, found('trust-expiry', 'east')] });
    expect(causes(diagnosis)).toEqual(['trust-expiry < ', 'trust-bundle < ']);
  });

  test('a cluster that does not answer: what depends on it is unknown for that', () => {
    const unknown = { severity: 'warning', confidence: 'Unknown' } as const;
    const diagnosis = diagnose({
      ...healthy,
      members: [member('west', 'us'), member('east', 'eu', { isRead: false, peers: [], gatewayAddress: null })],
      findings: [
        found('cluster-unread', 'east', { confidence: 'Unknown' }),
        found('trust-unread', 'east', { confidence: 'Unknown' }),
      ],
      relations: [],
      flows: [
        flow('west', 'west'),
        flow('west', 'east', {
          outcome: 'Open',
          answeredBy: [],
          findings: [found('endpoints-unread', 'west', unknown)],
        }),
      ],
    });
    expect(causes(diagnosis)).toEqual(['cluster-unread < trust-unread endpoints-unread']);
    expect(diagnosis.verdict).toBe('Unknown');
    expect(steps(diagnosis, 'east', 'west')).toContain('Route Unknown');
  });
});

describe('real requests', () => {
  const refused = { ...found('verify-connect', 'west'), peer: 'east' };
  const probed = [
    { from: 'west', to: 'east', finding: refused },
    { from: 'east', to: 'west', finding: undefined },
  ];

  test('that fail are a cause of their own where nothing read says why, and the rung at which they do', () => {
    const diagnosis = diagnose({ ...healthy, probed });
    expect(causes(diagnosis)).toEqual(['verify-connect < ']);
    expect(diagnosis.verdict).toBe('No');
    expect(diagnosis.pairs.map(({ firstFailed }) => firstFailed)).toEqual(['Address', undefined]);
    expect(steps(diagnosis, 'east', 'west')).toContain('Request Passed');
  });

  test('follow from what was read, where that is the cause', () => {
    const findings = [found('gateway-not-ready', 'east')];
    const diagnosis = diagnose({ ...healthy, findings, flows: without('no-gateway-pod'), probed });
    expect(causes(diagnosis)).toEqual(['gateway-not-ready < no-gateway-pod verify-connect']);
  });

  test('of several callers that end at one place are one finding', () => {
    const members = [...healthy.members, member('north', 'ap')];
    const all = [...probed, { from: 'north', to: 'east', finding: { ...refused, cluster: 'north' } }];
    const [cause, ...others] = diagnose({ ...healthy, members, probed: all }).causes;
    expect(cause?.finding.message).toMatch(/ \(and 1 more like it\)$/);
    expect(others).toEqual([]);
  });

  test('that were not sent leave the step unknown', () => {
    const finding = found('verify-cluster', 'east', { severity: 'warning', confidence: 'Unknown' });
    const diagnosis = diagnose({ ...healthy, probed: [{ from: 'west', to: 'east', finding }] });
    expect(diagnosis.verdict).toBe('Unknown');
    expect(steps(diagnosis, 'west', 'east')).toContain('Request Unknown');
  });
});

describe('what corrects a cause', () => {
  const label = kubectl('label', 'service/gateway', 'network=eu');
  const object = 'Service istio-system/istio-eastwestgateway';
  const misnamed = found('network-names', 'east', { object, remedy: [label], fix: [label], undo: [label] });

  test('is an apply where the mesh file declares the object', () => {
    const drift = found('drift', 'east', { object, remedy: [run('apply')], fix: [run('apply')] });
    const { causes: all } = diagnose({ ...healthy, findings: [misnamed, drift] });
    expect(all.map(({ finding }) => finding)).toEqual([
      expect.objectContaining({ code: 'network-names', remedy: [run('apply')], fix: [run('apply')] }),
    ]);
    expect(all[0]?.finding).not.toHaveProperty('undo');
  });

  test('is its own command where nothing else is declared', () => {
    const [cause] = diagnose({ ...healthy, findings: [misnamed] }).causes;
    expect(cause?.finding).toMatchObject({ fix: [label], undo: [label] });
  });

  test('of settings that differ from the other cluster stands over their drift, in whichever cluster that is', () => {
    const drift = found('drift', 'west', { object: 'ConfigMap istio-system/istio' });
    const differs = found('trust-domain-differs', 'east', { peer: 'west' });
    const exclude = found('locality-settings', 'west');
    expect(causes(diagnose({ ...healthy, findings: [drift, differs] }))).toEqual(['trust-domain-differs < drift']);
    expect(causes(diagnose({ ...healthy, findings: [drift, exclude] }))).toEqual(['locality-settings < drift']);
  });

  test('of settings is an apply where the mesh file has them otherwise', () => {
    const drift = found('drift', 'west', { object: 'ConfigMap istio-system/istio', fix: [run('apply')] });
    const exclude = found('locality-settings', 'west', { severity: 'warning' });
    const [cause] = diagnose({ ...healthy, findings: [drift, exclude] }).causes;
    expect(cause?.finding.fix).toEqual([run('apply')]);
    expect(diagnose({ ...healthy, findings: [exclude] }).causes[0]?.finding).not.toHaveProperty('fix');
  });
});

test('of a cluster that has left nothing is read, which follows from the secret that still names it', () => {
  const unread = { severity: 'warning', confidence: 'Unknown' } as const;
  const left = found('remote-secret', 'west', { peer: 'north', severity: 'warning' });
  const endpoints = { outcome: 'Open', findings: [found('endpoints-unread', 'west', unread)] } as const;
  const diagnosis = diagnose({ ...healthy, findings: [left], flows: [flow('west', 'east', endpoints)] });
  expect(causes(diagnosis)).toEqual(['remote-secret < endpoints-unread']);
});

describe('what is not for sure the mesh’s', () => {
  test('is a warning: nobody serves, a policy denies', () => {
    for (const code of ['no-endpoint', 'policy-denies'] as const) {
      const diagnosis = diagnose({ ...healthy, flows: without(code) });
      expect(diagnosis.causes.map(({ finding }) => finding.severity)).toEqual(['warning']);
      expect(diagnosis.verdict).toBe('Yes');
    }
  });

  test('is one finding of a policy, whatever endpoints its callers lack besides, and two of two policies', () => {
    const message = 'Pod sample/web of east is asked by x: AuthorizationPolicy sample/deny (action DENY) denies it';
    const denied = (from: string, over: Partial<FlowFacts> = {}, said = message): FlowFacts =>
      lost(from, 'east', 'policy-denies', { findings: [found('policy-denies', 'east', { message: said })], ...over });
    const excluded = [{ cluster: 'west', reason: 'wrong-port-name' }];
    const one = [denied('west'), denied('east', { excluded })];
    expect(causes(diagnose({ ...healthy, flows: one }))).toEqual(['policy-denies < ']);
    const other = denied('east', {}, message.replace('sample/deny', 'sample/other'));
    expect(causes(diagnose({ ...healthy, flows: [denied('west'), other] }))).toHaveLength(2);
  });

  test('is an error where endpoints are left out that the mesh should give', () => {
    const excluded = [{ cluster: 'east', reason: 'wrong-port-name' }];
    const port = found('join-port-differs', 'west', { object: 'Service sample/only-east' });
    const other = found('join-port-differs', 'west', { object: 'Service sample/web' });
    const diagnosis = diagnose({ ...healthy, findings: [other, port], flows: without('no-endpoint', { excluded }) });
    expect(causes(diagnosis)).toEqual(['join-port-differs < no-endpoint', 'join-port-differs < ']);
  });
});

describe('of a remote cluster, which the istiod of its primary serves', () => {
  const remote: MeshEvidence = {
    ...healthy,
    members: [member('west', 'us'), member('east', 'eu', { peers: [], primary: 'west' })],
  };
  const causesOf = (findings: readonly Finding[], over: Partial<MeshEvidence> = {}): readonly string[] =>
    causes(diagnose({ ...remote, findings, ...over }));

  test('nothing is there without that istiod', () => {
    const findings = ['control-plane-not-ready', 'proxy-unserved'] as const;
    expect(
      causesOf([found('control-plane-not-ready', 'west'), ...findings.map((code) => found(code, 'east'))]),
    ).toEqual(['control-plane-not-ready < control-plane-not-ready proxy-unserved']);
    expect(
      causes(
        diagnose({ ...healthy, findings: ['west', 'east'].map((name) => found('control-plane-not-ready', name)) }),
      ),
    ).toHaveLength(2);
  });

  test('the way to that istiod is the gateway of the primary', () => {
    expect(causesOf([found('proxy-unserved', 'east'), found('gateway-not-ready', 'west')])).toEqual([
      'gateway-not-ready < proxy-unserved',
    ]);
    expect(causesOf([found('proxy-unserved', 'west'), found('gateway-not-ready', 'east')])).toHaveLength(2);
    const address = found('drift', 'east', { object: 'EndpointSlice istio-system/istiod' });
    const gone = found('drift', 'west', { object: 'Service istio-system/istio-eastwestgateway' });
    expect(causesOf([address, gone])).toEqual(['drift < drift']);
    expect(causesOf([address, found('gateway-address', 'west')])).toEqual(['gateway-address < drift']);
    expect(causesOf([address])).toEqual(['drift < ']);
  });

  test('its callers miss what that istiod does not know of it', () => {
    const missed = lost('east', 'east', 'no-endpoint', { excluded: [{ cluster: 'east', reason: 'no-remote-secret' }] });
    const lacking = [...flows.slice(0, 3), missed];
    expect(causesOf([found('peer-secret', 'west', { peer: 'east' })], { flows: lacking })).toEqual([
      'peer-secret < no-endpoint',
    ]);
    const reader = found('drift', 'east', { object: 'ClusterRoleBinding isthmus-reader' });
    expect(causesOf([reader, found('peer-sync', 'west', { peer: 'east' })], { flows: lacking })).toEqual([
      'drift < peer-sync no-endpoint',
    ]);
  });

  test('a policy or route of the primary is one cause in both', () => {
    const all = (code: FindingCode) => ['west', 'east'].map((name) => lost(name, name, code));
    expect(causesOf([], { flows: all('policy-denies') })).toEqual(['policy-denies < policy-denies']);
    expect(causesOf([], { flows: all('subset-missing') })).toEqual(['subset-missing < subset-missing']);
    expect(causes(diagnose({ ...healthy, flows: all('policy-denies') }))).toHaveLength(2);
  });

  test('its gateway lets in what the Gateway object of the primary says', () => {
    const drift = found('drift', 'west', { object: 'Gateway istio-system/cross-network-gateway' });
    const refused = without('host-not-served');
    expect(causesOf([drift], { flows: refused })).toEqual(['drift < host-not-served']);
    expect(causes(diagnose({ ...healthy, findings: [drift], flows: refused }))).toHaveLength(2);
  });
});

test('two causes at the same time are both named, the one that explains more first', () => {
  const diagnosis = diagnose({
    ...healthy,
    findings: [
      found('skew-proxy', 'west'),
      found('gateway-not-ready', 'east'),
      found('peer-secret', 'east', { peer: 'west' }),
    ],
    flows: [
      ...without('no-gateway-pod').filter(({ from }) => from === 'west'),
      lost('east', 'west', 'no-endpoint', {
        findings: [found('no-endpoint', 'east')],
        excluded: [{ cluster: 'west', reason: 'no-remote-secret' }],
      }),
      lost('east', 'west', 'no-endpoint', {
        host: 'web.sample.svc.cluster.local',
        findings: [found('no-endpoint', 'east')],
        excluded: [{ cluster: 'west', reason: 'no-remote-secret' }],
      }),
    ],
  });
  expect(causes(diagnosis)).toEqual([
    'peer-secret < no-endpoint',
    'gateway-not-ready < no-gateway-pod',
    'skew-proxy < ',
  ]);
});

test('property: each finding is a cause or follows from one, whatever the order of the findings', () => {
  const codes = [
    'cluster-unread',
    'control-plane-not-ready',
    'drift',
    'gateway-not-ready',
    'peer-sync',
    'trust-bundle',
  ] as const;
  const more = ['peer-answer', 'peer-secret', 'proxy-unserved', 'trust-istiod', 'trust-proxy', 'trust-unread'] as const;
  const objects = ['Deployment istio-system/istiod', 'Service istio-system/istiod', 'ClusterRole isthmus-reader'];
  const finding = fc.record({
    code: fc.constantFrom(...codes, ...more),
    cluster: fc.constantFrom('west', 'east'),
    peer: fc.constantFrom('west', 'east'),
    object: fc.constantFrom(...objects),
  });
  const named = ({ code, cluster, message }: Finding): string => `${code} ${cluster} ${message}`;
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 12 }), (drawn) => {
      const findings = drawn.map(({ code, cluster, ...over }) => found(code, cluster, over));
      const [one, other] = [findings, findings.toReversed()].map((all) => diagnose({ ...healthy, findings: all }));
      const all = (one?.causes ?? []).flatMap((cause) => [cause.finding, ...cause.consequences]);
      const known = new Set(findings.map(named));
      expect(new Set(all.map(named))).toEqual(new Set(all.map(named).filter((name) => known.has(name))));
      for (const { code, cluster } of findings) {
        expect(all.some((each) => each.code === code && each.cluster === cluster)).toBe(true);
      }
      const sorted = (diagnosis: Diagnosis | undefined): readonly string[] =>
        (diagnosis?.causes ?? []).map((cause) => cause.finding.code).toSorted();
      expect(sorted(one)).toEqual(sorted(other));
    }),
    { numRuns: 200 },
  );
});
