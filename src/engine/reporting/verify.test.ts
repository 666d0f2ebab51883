import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { verifyReport as schema } from '../../report/verify.ts';
import type { PairResult, SharedResult, VerifyReport } from '../../verify/report.ts';
import { verifyReport } from './verify.ts';

const ids = { client: 'spiffe://cluster.local/ns/n/sa/client', server: null };
const failure = {
  hop: 'Connect',
  tested: true,
  finding: {
    code: 'verify-connect',
    severity: 'error',
    message: 'no way',
    evidence: [{ fact: 'lookup: 10.1.0.1', source: 'probe in west' }],
    remedy: 'look there',
  },
} as const;

const pair: PairResult = {
  from: 'west',
  to: 'east',
  ok: true,
  tested: true,
  expectedPath: 'Gateway',
  path: 'Gateway',
  via: ['198.19.0.2:15443'],
  identity: { expected: ids, seen: ids },
  latencyMs: { p50: 2.13, p99: 4.86 },
  requests: 20,
  failures: 0,
  earlierFailures: 0,
  reachedAfterMs: 310,
  failure: null,
};

const shared: SharedResult = {
  service: 'shared',
  from: 'west',
  ok: true,
  tested: true,
  mode: 'Shared',
  shares: [{ cluster: 'west', requests: 10, percent: 50 }],
  expectations: [{ clusters: ['east'], minimumPercent: 20 }],
  latencyMs: null,
  requests: 20,
  failures: 0,
  earlierFailures: 0,
  failure: null,
};

const verified: VerifyReport = {
  apiVersion: 'isthmus.dev/v1alpha1',
  kind: 'VerifyReport',
  mesh: 'shop',
  trustDomain: 'cluster.local',
  namespace: 'isthmus-verify-a',
  startedAt: '2030-01-01T00:00:00.000Z',
  durationMs: 4210,
  firstCrossClusterMs: null,
  ok: false,
  passed: 2,
  total: 4,
  clusters: [
    {
      name: 'west',
      network: 'us',
      tested: true,
      finding: null,
      podsReadyAfterMs: 25,
      cleanUp: 'Gone',
      swept: ['old'],
      spared: [],
    },
  ],
  pairs: [pair, { ...pair, ok: false, path: null, reachedAfterMs: null, failure }],
  shared: [shared, { ...shared, ok: false, failure: { ...failure, hop: 'Share' } }],
};

test('a check that failed has its hop and a finding; one that passed has neither', () => {
  const report = verifyReport(verified);
  expectContract(schema, report);
  expect(report.pairs).toMatchObject([
    { hop: null, finding: null },
    {
      hop: 'Connect',
      finding: { message: 'no way', remedy: ['look there'], evidence: [{ fact: 'lookup: 10.1.0.1' }] },
    },
  ]);
  expect(report.shared).toMatchObject([
    { hop: null, finding: null },
    { hop: 'Share', finding: { severity: 'error' } },
  ]);
});
