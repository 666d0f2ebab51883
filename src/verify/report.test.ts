import { expect, test } from 'vitest';
import { junitXml } from '../cli/verify/junit.ts';
import { verifyText } from '../cli/verify/text.ts';
import { verifyReport } from '../engine/reporting/verify.ts';
import type { VerifyReport } from './report.ts';

const client = 'spiffe://cluster.local/ns/n/sa/client-west';
const server = 'spiffe://cluster.local/ns/n/sa/server-east';

const report: VerifyReport = {
  apiVersion: 'isthmus.dev/v1alpha1',
  kind: 'VerifyReport',
  mesh: 'shop',
  trustDomain: 'cluster.local',
  namespace: 'isthmus-verify-a',
  startedAt: '2030-01-01T00:00:00.000Z',
  durationMs: 4210,
  firstCrossClusterMs: 2900,
  ok: false,
  passed: 2,
  total: 3,
  clusters: [
    {
      name: 'west',
      network: 'us',
      tested: true,
      finding: null,
      podsReadyAfterMs: 2500,
      cleanUp: 'Failed',
      swept: [],
      spared: [],
      unswept: 'ann may not\nlist namespaces',
    },
    {
      name: 'east',
      network: 'eu',
      tested: true,
      finding: null,
      podsReadyAfterMs: 2600,
      cleanUp: 'Requested',
      swept: [],
      spared: [{ namespace: 'production', reason: 'its name is not that\nof a run' }],
    },
  ],
  pairs: [
    {
      from: 'west',
      to: 'east',
      ok: true,
      tested: true,
      expectedPath: 'Gateway',
      path: 'Gateway',
      via: ['198.19.0.2:15443'],
      identity: { expected: { client, server }, seen: { client, server } },
      latencyMs: { p50: 2.13, p99: 4.86 },
      requests: 20,
      failures: 0,
      earlierFailures: 0,
      reachedAfterMs: 310,
      failure: null,
    },
    {
      from: 'east',
      to: 'west',
      ok: false,
      tested: true,
      expectedPath: 'Gateway',
      path: null,
      via: [],
      identity: { expected: { client, server }, seen: { client: null, server: null } },
      latencyMs: null,
      requests: 0,
      failures: 0,
      earlierFailures: 0,
      reachedAfterMs: null,
      failure: {
        hop: 'Connect',
        tested: true,
        finding: {
          code: 'verify-connect',
          severity: 'error',
          message: 'pods of "east" cannot connect <at all>',
          evidence: [{ fact: 'last failed request: HTTP 503: \u001b[31m]]> & more\u0000', source: 'client in east' }],
          remedy: 'check the firewall',
        },
      },
    },
  ],
  shared: [
    {
      service: 'all',
      from: 'west',
      ok: true,
      tested: true,
      mode: 'Shared',
      shares: [
        { cluster: 'west', requests: 52, percent: 52 },
        { cluster: 'east', requests: 48, percent: 48 },
      ],
      expectations: [
        { clusters: ['west'], minimumPercent: 12.5 },
        { clusters: ['east'], minimumPercent: 12.5 },
      ],
      latencyMs: { p50: 1, p99: 2 },
      requests: 100,
      failures: 0,
      earlierFailures: 0,
      failure: null,
    },
  ],
};

test('the text shows every check, every failure with what to try, and ends with the count', () => {
  expect(verifyText(verifyReport(report), { source: '', color: false })).toBe(
    [
      'PAIR          RESULT  PATH     VIA               IDENTITY  P50/P99     REQUESTS',
      'west -> east  ok      Gateway  198.19.0.2:15443  proved    2.1/4.9 ms  20 of 20',
      'east -> west  FAILED  -        -                 -         -           -',
      '',
      'SHARED       RESULT  SHARE               EXPECTED       P50/P99     REQUESTS',
      'west -> all  ok      west 52%, east 48%  >= 12.5% each  1.0/2.0 ms  100 of 100',
      '',
      'FAILED east -> west, at Connect: pods of "east" cannot connect <at all>',
      '  last failed request: HTTP 503: \uFFFD[31m]]> & more\uFFFD',
      '  hint: check the firewall',
      '',
      'Namespace isthmus-verify-a could not be deleted in west; it deletes itself when it expires.',
      'east: namespace production has expired and is left: its name is not that of a run',
      'west: what earlier runs left was not looked for: ann may not list namespaces',
      '',
      '2 of 3 checks passed in 4.2 s',
      '',
    ].join('\n'),
  );
});

test('colours are added to the text and change nothing else', () => {
  const colored = verifyText(verifyReport(report), { source: '', color: true });
  expect(colored).toContain('\u001b[32mok    \u001b[0m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences are what is looked for
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(verifyText(verifyReport(report), { source: '', color: false }));
});

test('the JUnit file counts what the report counts, and escapes what a far side may have sent', () => {
  expect(junitXml(verifyReport(report), '')).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="isthmus verify shop" tests="3" failures="1" errors="0" time="4.210">',
      '  <testsuite name="shop pairs" tests="2" failures="1" errors="0" timestamp="2030-01-01T00:00:00">',
      '    <testcase classname="isthmus.verify.pairs" name="west reaches east" time="0.002"/>',
      '    <testcase classname="isthmus.verify.pairs" name="east reaches west" time="0.000">',
      '      <failure type="Connect" message="pods of &quot;east&quot; cannot connect &lt;at all&gt;">last failed request: HTTP 503: \uFFFD[31m]]&gt; &amp; more\uFFFD',
      'hint: check the firewall</failure>',
      '    </testcase>',
      '  </testsuite>',
      '  <testsuite name="shop shared" tests="1" failures="0" errors="0" timestamp="2030-01-01T00:00:00">',
      '    <testcase classname="isthmus.verify.shared" name="west shares service all" time="0.001"/>',
      '  </testsuite>',
      '</testsuites>',
      '',
    ].join('\n'),
  );
});
