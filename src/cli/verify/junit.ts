import type { PairCheck, SharedCheck, VerifyReport } from '../../report/verify.ts';
import { remedyText } from '../shell/remedy-text.ts';
import { escapedXml as escaped } from '../shell/xml.ts';

/**
 * A report as JUnit XML, as CI systems read it: a test suite for the pairs and one for the shared service, a test case
 * for every check. Times are in seconds: the median latency of the check's requests. `source` are the flags that name
 * the mesh again.
 */
export function junitXml(report: VerifyReport, source: string): string {
  const cases = {
    pairs: report.pairs.map((pair) => caseOf(pair, `${pair.from} reaches ${pair.to}`, source)),
    shared: report.shared.map((one) => caseOf(one, `${one.from} shares service ${one.service}`, source)),
  };
  const failed = report.total - report.passed;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="isthmus verify ${escaped(report.mesh)}" tests="${report.total}" failures="${failed}" errors="0" time="${seconds(report.durationMs)}">`,
    ...suite(report, 'pairs', cases.pairs),
    ...suite(report, 'shared', cases.shared),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  readonly name: string;
  readonly latencyMs: number;
  /** An element; undefined where the check passed. */
  readonly failure: string | undefined;
}

function caseOf(check: PairCheck | SharedCheck, name: string, source: string): Case {
  return { name, latencyMs: check.latencyMs?.p50 ?? 0, failure: failureElement(check, source) };
}

function failureElement({ hop, finding }: PairCheck | SharedCheck, source: string): string | undefined {
  if (finding === null) return undefined;
  const facts = (finding.evidence ?? []).map(({ fact }) => fact);
  const body = [...facts, `hint: ${remedyText(finding.remedy, { source })}`].map(escaped).join('\n');
  return `      <failure type="${hop ?? ''}" message="${escaped(finding.message)}">${body}</failure>`;
}

function suite(report: VerifyReport, name: string, cases: readonly Case[]): string[] {
  if (cases.length === 0) return [];
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const suiteName = escaped(`${report.mesh} ${name}`);
  return [
    `  <testsuite name="${suiteName}" tests="${cases.length}" failures="${failures}" errors="0" timestamp="${report.startedAt.slice(0, 19)}">`,
    ...cases.flatMap((one) => testCase(`isthmus.verify.${name}`, one)),
    '  </testsuite>',
  ];
}

function testCase(className: string, { name, latencyMs, failure }: Case): string[] {
  const head = `    <testcase classname="${className}" name="${escaped(name)}" time="${seconds(latencyMs)}"`;
  return failure === undefined ? [`${head}/>`] : [`${head}>`, failure, '    </testcase>'];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
