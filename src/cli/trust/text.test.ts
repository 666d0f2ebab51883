import { expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { remedy, run } from '../../base/remedy.ts';
import { trustReport } from '../../engine/reporting/trust.ts';
import type { MeshTrustReport, ReachableTrust } from '../../trust/report.ts';
import { trustText } from './text.ts';

const [west, east, south] = ['west', 'east', 'south'].map((name) => clusterName.parse(name));
if (west === undefined || east === undefined || south === undefined) throw new Error('three names');

const view = (fingerprint: string, daysLeft: number) => ({
  subject: 'O=mesh shop, CN=one',
  fingerprint,
  notBefore: '2026-11-21T00:00:00.000Z',
  notAfter: '2027-11-21T00:00:00.000Z',
  daysLeft,
  algorithm: 'ECDSA P-256 with SHA-256',
});
const root = view('AA:AA:AA:AA:AA', 3649);
const own = view('B1:B2:B3:B4:B5:B6', 364);

function cluster(name: typeof west, over: Partial<ReachableTrust>): ReachableTrust {
  return {
    cluster: name ?? clusterName.parse('west'),
    network: 'us',
    reachable: true,
    intermediate: own,
    issuers: [],
    roots: [root],
    istiods: [{ pod: 'istiod-1', startedAt: '', signsWith: 'CaCerts', presents: [] }],
    distributed: { namespaces: 5, roots: [root.fingerprint], differing: [] },
    proxies: { total: 0, asked: [] },
    ...over,
  };
}

const proxy = { namespace: 'a', pod: 'b', type: 'Sidecar', identity: undefined, notAfter: undefined } as const;

const report: MeshTrustReport = {
  mesh: 'shop',
  readAt: '2026-11-21T00:00:00.000Z',
  verdict: 'No',
  trustDomain: 'cluster.local',
  roots: [root],
  issuer: view('CC:CC', 1824),
  clusters: [
    cluster(west, {
      proxies: {
        total: 40,
        asked: [
          { ...proxy, trusts: [root.fingerprint], signer: own.fingerprint },
          { ...proxy, trusts: ['EE'], signer: 'FF' },
        ],
      },
    }),
    cluster(east, {
      intermediate: undefined,
      istiods: [{ pod: 'istiod-2', startedAt: '', signsWith: 'SelfSigned', presents: [] }],
      distributed: { namespaces: 5, roots: ['EE'], differing: ['default', 'sample'] },
    }),
    { cluster: south, network: 'eu', reachable: false, error: new IsthmusError('cluster-unreachable', 'refused') },
  ],
  relations: [
    { from: west, to: west, trusts: 'Yes', evidence: 'Proxies' },
    { from: west, to: east, trusts: 'No', evidence: 'ControlPlane' },
    { from: east, to: west, trusts: 'No', evidence: 'ControlPlane' },
    { from: east, to: east, trusts: 'Unknown', evidence: 'None' },
  ],
  findings: [
    {
      code: 'trust-bundle',
      severity: 'error',
      cluster: 'east',
      message: 'there is no Secret cacerts',
      remedy: remedy`make it with ${run('apply')}`,
    },
    {
      code: 'trust-unread',
      severity: 'error',
      confidence: 'Unknown',
      cluster: 'south',
      message: 'nothing is known of its trust: refused',
      remedy: 'look again when the cluster answers',
    },
  ],
};

test('a line per level, per cluster, per relation and per finding, and the next command', () => {
  expect(
    trustText(trustReport(report), { source: '-f mesh.yaml', color: false }),
  ).toBe(`mesh shop: trust is broken, read at 2026-11-21 00:00:00 UTC
root    O=mesh shop, CN=one, ECDSA P-256, until 2027-11-21 (3649d left)
        SHA-256 AA:AA:AA:AA:AA
issuer  O=mesh shop, CN=one, ECDSA P-256, until 2027-11-21 (1824d left)
        SHA-256 CC:CC

CLUSTER  INTERMEDIATE  KEY    LEFT  SIGNING  ROOTS  PROXIES    CURRENT  STATE
west     B1:B2:B3:B4   P-256  364d  current  5/5    1/2 of 40  1/2      OK
east     -             -      -     own CA   3/5    0/0        -        BROKEN
south    ?             ?      ?     ?        ?      ?          ?        UNKNOWN

TRUSTS  west         east
west    yes          NO (istiod)
east    NO (istiod)  ?

! east: there is no Secret cacerts [trust-bundle]
  make it with \`isthmus apply -f mesh.yaml\`
? south: nothing is known of its trust: refused [trust-unread]
  look again when the cluster answers

next: isthmus apply -f mesh.yaml
`);
});
