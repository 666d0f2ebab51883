import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { remedy, run } from '../../base/remedy.ts';
import { trustReport as schema } from '../../report/trust.ts';
import type { MeshTrustReport, ReachableTrust } from '../../trust/report.ts';
import { trustReport } from './trust.ts';

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')];

const root = {
  subject: 'O=mesh shop, CN=root',
  fingerprint: 'AA:AA',
  notBefore: '2026-11-21T00:00:00.000Z',
  notAfter: '2027-11-21T00:00:00.000Z',
  daysLeft: -1,
  algorithm: 'ECDSA P-256 with SHA-256',
};

const proxy = { namespace: 'a', pod: 'b', type: 'Sidecar', trusts: ['AA:AA'] } as const;

const full: ReachableTrust = {
  cluster: west,
  network: 'us',
  reachable: true,
  intermediate: root,
  issuers: [root],
  roots: [root],
  istiods: [{ pod: 'istiod-1', startedAt: '2030-01-01T00:00:00Z', signsWith: 'CaCerts', presents: ['BB'] }],
  distributed: { namespaces: 5, roots: ['AA:AA'], differing: ['default'] },
  proxies: {
    total: 2,
    asked: [
      { ...proxy, identity: 'spiffe://cluster.local/ns/a/sa/b', notAfter: '2027-11-21T00:00:00.000Z', signer: 'CC' },
      { ...proxy, identity: undefined, notAfter: undefined, signer: undefined, error: 'no answer' },
    ],
  },
};

const read: MeshTrustReport = {
  mesh: 'shop',
  readAt: '2026-11-21T00:00:00.000Z',
  verdict: 'No',
  trustDomain: 'cluster.local',
  roots: [root],
  issuer: undefined,
  clusters: [
    full,
    { ...full, intermediate: undefined },
    { cluster: east, network: 'eu', reachable: false, error: new IsthmusError('timeout', 'too late') },
  ],
  relations: [{ from: west, to: east, trusts: 'Unknown', evidence: 'None' }],
  findings: [
    {
      code: 'trust-bundle',
      severity: 'error',
      message: 'no cacerts',
      remedy: remedy`${run('apply')} makes it`,
      cluster: 'west',
    },
  ],
};

test('trust has no field for what is not known, and remedies in parts', () => {
  const report = trustReport(read);
  expectContract(schema, report);
  expect(report).not.toHaveProperty('issuer');
  expect(report.findings).toMatchObject([{ remedy: [{ do: 'Run', operation: 'apply' }, ' makes it'] }]);
  expectContract(schema, trustReport({ ...read, issuer: root, findings: [] }));
});
