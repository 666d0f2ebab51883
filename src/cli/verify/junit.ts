import type { PairResult, SharedResult, VerifyReport } from '../../verify/report.ts';
import { remedyText } from '../shell/remedy-text.ts';

/**
 * A report as JUnit XML, as CI systems read it: a test suite for the pairs and one for the shared service, a test case
 * for every check. Times are in seconds: the median latency of the check's requests.
 */
export function junitXml(report: VerifyReport): string {
  const cases = {
    pairs: report.pairs.map(pairCase),
    shared: report.shared.map(sharedCase),
  };
  const failed = report.total - report.passed;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="isthmus verify ${escaped(report.mesh)}" tests="${report.total}" failures="${failed}" time="${seconds(report.durationMs)}">`,
    ...suite(report, 'pairs', cases.pairs),
    ...suite(report, 'shared', cases.shared),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  readonly name: string;
  readonly latencyMs: number;
  readonly failure: PairResult['failure'];
}

function pairCase({ from, to, latencyMs, failure }: PairResult): Case {
  return { name: `${from} reaches ${to}`, latencyMs: latencyMs?.p50 ?? 0, failure };
}

function sharedCase({ from, service, latencyMs, failure }: SharedResult): Case {
  return { name: `${from} shares service ${service}`, latencyMs: latencyMs?.p50 ?? 0, failure };
}

function suite(report: VerifyReport, name: string, cases: readonly Case[]): string[] {
  if (cases.length === 0) return [];
  const failures = cases.filter(({ failure }) => failure !== null).length;
  const suiteName = escaped(`${report.mesh} ${name}`);
  return [
    `  <testsuite name="${suiteName}" tests="${cases.length}" failures="${failures}" timestamp="${report.startedAt.slice(0, 19)}">`,
    ...cases.flatMap((one) => testCase(`isthmus.verify.${name}`, one)),
    '  </testsuite>',
  ];
}

function testCase(className: string, { name, latencyMs, failure }: Case): string[] {
  const head = `    <testcase classname="${className}" name="${escaped(name)}" time="${seconds(latencyMs)}"`;
  if (failure === null) return [`${head}/>`];
  const { message, evidence = [], remedy } = failure.finding;
  const lines = [...evidence.map(({ fact }) => fact), `hint: ${remedyText(remedy, { source: '' })}`];
  const body = lines.map(escaped).join('\n');
  return [
    `${head}>`,
    `      <failure type="${failure.hop}" message="${escaped(message)}">${body}</failure>`,
    '    </testcase>',
  ];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 has no way to write most control characters and lone surrogates, not even escaped: they become U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, (character) => (/[\t\n\r]/.test(character) ? character : '\uFFFD'))
    .replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
