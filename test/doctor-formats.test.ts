import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { doctorJunit } from '../src/cli/doctor/junit.ts';
import { sarifOf } from '../src/cli/doctor/sarif.ts';
import { reportText } from '../src/cli/shell/print.ts';
import { junitXml } from '../src/cli/verify/junit.ts';
import { openMesh } from '../src/engine/open-mesh.ts';
import { nodePorts } from '../src/node-ports.ts';
import type { DoctorReport } from '../src/report/doctor.ts';
import { reports } from '../src/report/reports.ts';
import type { VerifyReport } from '../src/report/verify.ts';
import { readSnapshotFolder, writeSnapshotFolder } from '../src/snapshot/folder.ts';
import { junitProblems } from './support/junit-rules.ts';
import { recordedFaults, withFault } from './support/recorded-faults.ts';
import { samplesOf } from './support/samples.ts';
import { sarifLog } from './support/sarif-rules.ts';

/** What other programs read is held to the rules of its format, in real reports and in reports full of texts of others. */

const recorded = join(import.meta.dirname, 'fixtures/doctor/two-networks');
const hostile =
  'x\u001b]0;T\u0007\u001b[2J\r\n]]></failure><testcase name="y"/>\u202e{0}{{1}}[here](https://example.com/)\u2028\ud800\ufffe&#0;&nbsp;--><!--';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-formats-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function doctorOf(snapshot: string): Promise<DoctorReport> {
  await using session = await openMesh({ snapshot }, nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }));
  return await session.doctor();
}

function sarifText(report: DoctorReport): string {
  return reportText(sarifOf(report, '-f mesh.yaml'), 'json', () => '');
}

function expectSound(report: DoctorReport): void {
  expect(junitProblems(doctorJunit(report, '-f mesh.yaml'))).toEqual([]);
  const log = sarifLog.parse(JSON.parse(sarifText(report)));
  const causes = report.findings.flatMap((cause) => [cause, ...cause.consequences]);
  expect(log.runs[0]?.results.map(({ ruleId }) => ruleId)).toEqual(causes.map(({ code }) => code));
}

describe('the JUnit and the SARIF of a recorded mesh', () => {
  test('that works', async () => {
    expectSound(await doctorOf(recorded));
  });

  test.each(recordedFaults)('in which $name', async ({ name, edit }) => {
    const place = join(folder, name.replaceAll(/\W+/g, '-'));
    const documents = parseAllDocuments(await readFile(join(recorded, 'mesh.yaml'), 'utf8')).map((one) => one.toJS());
    await writeSnapshotFolder(place, withFault(await readSnapshotFolder(recorded), { edit }), documents);
    expectSound(await doctorOf(place));
  });
});

describe('texts of others', () => {
  test('change neither the form of a diagnosis nor its links and placeholders', () => {
    for (const report of samplesOf(reports.DoctorReport, hostile) as readonly DoctorReport[]) {
      expect(junitProblems(doctorJunit(report, hostile)).filter((problem) => !problem.endsWith('twice'))).toEqual([]);
      sarifLog.parse(JSON.parse(sarifText(report)));
      expect(sarifText(report)).not.toMatch(/\\u001b\[2J[^"]*\]\(https/);
    }
  });

  test('change not the form of a verification', () => {
    for (const report of samplesOf(reports.VerifyReport, hostile) as readonly VerifyReport[]) {
      const problems = junitProblems(junitXml(report, hostile));
      expect(problems.filter((problem) => !/twice$| not \d+$/.test(problem))).toEqual([]);
    }
  });

  test('a placeholder and a link are shown as they are written', () => {
    const [report] = samplesOf(reports.DoctorReport, 'x') as readonly DoctorReport[];
    const [cause] = report?.findings ?? [];
    if (report === undefined || cause === undefined) throw new Error('no sample');
    const message = '{0} and [a](https://example.com/)';
    const log = sarifLog.parse(JSON.parse(sarifText({ ...report, findings: [{ ...cause, message }] })));
    expect(log.runs[0]?.results[0]?.message.text).toContain('{{0}} and [a] (https://example.com/). ');
  });
});

test('the rules refuse what is not of the format', () => {
  const suite = '<testsuites><testsuite name="a" tests="1" failures="0" errors="0">INSIDE</testsuite></testsuites>';
  const problemsOf = (inside: string): readonly string[] => junitProblems(suite.replace('INSIDE', inside));
  expect(problemsOf('<testcase name="a"/>')).toEqual([]);
  expect(problemsOf('<testcase name="a"/><testcase name="a"/>')).toEqual([
    'undefined a is there twice',
    'a: 1 tests, not 2',
  ]);
  expect(problemsOf('<testcase><skip/></testcase>')).toEqual([
    '<testcase> without name',
    '<skip> in <testcase>',
    'there is no <skip>',
  ]);
  expect(junitProblems('<testsuites><testsuite name="a" tests="0" failures="0"/></testsuites>')).toEqual([
    '<testsuite> without errors',
  ]);
});
