import type { Cause, DoctorReport, PairLadder } from '../../report/doctor.ts';
import { remedyText } from '../shell/remedy-text.ts';
import { escapedXml } from '../shell/xml.ts';

/**
 * A report as JUnit XML: a test suite in which each error and warning is a test case that fails, and one with a test case for
 * every ordered pair of clusters, which is skipped where nothing fails and something is not known. `source` are the flags that
 * name the mesh again.
 */
export function doctorJunit({ mesh, readAt, findings, pairs }: DoctorReport, source: string): string {
  const causes = findings.filter(({ severity }) => severity !== 'info').map((one) => causeCase(one, source));
  const ladders = pairs.map(pairCase);
  const failures = [...causes, ...ladders].filter(({ outcome }) => outcome === 'Failed').length;
  const name = escapedXml(mesh);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="isthmus doctor ${name}" tests="${causes.length + ladders.length}" failures="${failures}" errors="0">`,
    ...suite(`${name} findings`, readAt, causes),
    ...suite(`${name} pairs`, readAt, ladders),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  readonly className: string;
  readonly name: string;
  readonly outcome: 'Passed' | 'Failed' | 'Skipped';
  /** The element inside; empty where it passed. */
  readonly inside: string;
}

function causeCase(
  { code, cluster, object, message, evidence = [], remedy, consequences, confidence }: Cause,
  source: string,
): Case {
  const lines = [
    ...evidence.map(({ fact, source: where }) => `${fact} (${where})`),
    ...consequences.map((one) => `follows: ${one.message} [${one.code}]`),
    `hint: ${remedyText(remedy, { source })}`,
  ];
  // A CI system takes two test cases of one name for one that was run again.
  const name = `${cluster === undefined ? '' : `${cluster}: `}${code}${object === undefined ? '' : ` of ${object}`}`;
  const base = { className: 'isthmus.doctor.findings', name };
  if (confidence === 'Unknown') {
    return { ...base, outcome: 'Skipped', inside: `<skipped message="${escapedXml(message)}"/>` };
  }
  const body = lines.map(escapedXml).join('\n');
  return {
    ...base,
    outcome: 'Failed',
    inside: `<failure type="${code}" message="${escapedXml(message)}">${body}</failure>`,
  };
}

function pairCase({ from, to, rungs, firstFailed }: PairLadder): Case {
  const base = { className: 'isthmus.doctor.pairs', name: `${from} to ${to}` };
  if (firstFailed !== undefined) {
    const code = rungs.find(({ rung }) => rung === firstFailed)?.code ?? '';
    return { ...base, outcome: 'Failed', inside: `<failure type="${firstFailed}" message="${code}"/>` };
  }
  const open = rungs.filter(({ state }) => state === 'Unknown').map(({ rung }) => rung);
  if (open.length === 0) return { ...base, outcome: 'Passed', inside: '' };
  return { ...base, outcome: 'Skipped', inside: `<skipped message="not known: ${open.join(', ')}"/>` };
}

function suite(name: string, readAt: string, cases: readonly Case[]): readonly string[] {
  if (cases.length === 0) return [];
  const count = (outcome: Case['outcome']): number => cases.filter((one) => one.outcome === outcome).length;
  return [
    `  <testsuite name="${name}" tests="${cases.length}" failures="${count('Failed')}" errors="0" skipped="${count('Skipped')}" timestamp="${readAt.slice(0, 19)}">`,
    ...cases.flatMap(({ className, name: title, inside }) => {
      const head = `    <testcase classname="${className}" name="${escapedXml(title)}" time="0"`;
      return inside === '' ? [`${head}/>`] : [`${head}>`, `      ${inside}`, '    </testcase>'];
    }),
    '  </testsuite>',
  ];
}
