import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countElements } from '../../../test/support/xml.ts';
import { doctorReport } from '../../report/doctor.ts';
import { doctorJunit } from './junit.ts';
import { sarifOf } from './sarif.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/doctor.json');
const report = doctorReport.parse(JSON.parse(readFileSync(file, 'utf8')));
const [cause] = report.findings;
if (cause === undefined) throw new Error('the report has no finding');

describe('JUnit', () => {
  test('has a test case for each cause and each pair, with what to do', () => {
    const xml = doctorJunit(report, '-f mesh.yaml');
    expect(xml).toContain('<testsuites name="isthmus doctor shop" tests="3" failures="2" errors="0">');
    expect(xml).toContain('name="east: gateway-not-ready"');
    expect(xml).toMatch(/<failure type="Sni" message="gateway-not-ready"\/>/);
    expect(xml).toContain('scale deployment/istio-eastwestgateway');
    expect(xml).toContain('<testcase classname="isthmus.doctor.pairs" name="east to west" time="0"/>');
  });

  test('is well-formed, and counts what it has', () => {
    const xml = doctorJunit(report, '-f mesh.yaml');
    const { testsuites, testsuite, testcase, failure, skipped = 0 } = countElements(xml);
    expect([testsuites, testsuite]).toEqual([1, 2]);
    const sum = (name: string): number =>
      [...xml.matchAll(new RegExp(`<testsuite .*? ${name}="([0-9]+)"`, 'g'))].reduce(
        (all, [, one]) => all + Number(one),
        0,
      );
    expect([testcase, failure, skipped]).toEqual([sum('tests'), sum('failures'), sum('skipped')]);
  });

  test('skips what is not known, and escapes what others wrote', () => {
    const message = '<b>"it" & they</b>\u0007';
    const findings = [{ ...cause, confidence: 'Unknown' as const, message }];
    const xml = doctorJunit({ ...report, findings, pairs: [] }, '');
    expect(xml).toContain('failures="0"');
    expect(xml).toContain('<skipped message="&lt;b&gt;&quot;it&quot; &amp; they&lt;/b&gt;\uFFFD"/>');
  });
});

describe('SARIF', () => {
  const sarif = JSON.parse(JSON.stringify(sarifOf(report, '-f mesh.yaml')));
  const [run] = sarif.runs;

  test('has a rule for each code and a result for each finding', () => {
    expect(sarif.version).toBe('2.1.0');
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      'drift',
      'gateway-not-ready',
      'no-gateway-pod',
    ]);
    expect(run.results.map(({ ruleId, level }: { ruleId: string; level: string }) => `${level} ${ruleId}`)).toEqual([
      'error gateway-not-ready',
      'error drift',
      'error no-gateway-pod',
    ]);
  });

  test('says what each is about, and what it follows from', () => {
    const [first, second] = run.results;
    expect(first.properties).toMatchObject({ consequences: 2, impact: '1 of 4 pairs', confidence: 'Proved' });
    expect(second.properties).toMatchObject({ followsFrom: 'east: gateway-not-ready' });
    expect(second.locations[0].logicalLocations[0]).toEqual({
      fullyQualifiedName: 'east/Deployment istio-system/istio-eastwestgateway',
      kind: 'object',
    });
  });
});
