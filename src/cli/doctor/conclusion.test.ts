import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DoctorReport, doctorReport } from '../../report/doctor.ts';
import { categoryNamed, chosen, exitCodeOf } from './conclusion.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/doctor.json');
const report = doctorReport.parse(JSON.parse(readFileSync(file, 'utf8')));
const [cause] = report.findings;
if (cause === undefined) throw new Error('the report has no finding');

const codeOf = (over: Partial<DoctorReport>, flags: Parameters<typeof exitCodeOf>[1] = { failOn: 'error' }): number =>
  exitCodeOf({ ...report, ...over }, flags);

/** One finding that nothing follows from. */
const only = (over: Partial<typeof cause>): Partial<DoctorReport> => ({
  findings: [{ ...cause, consequences: [], ...over }],
});

describe('the exit code', () => {
  test('is 7 where an error is known, and 0 where nothing is wrong', () => {
    expect(codeOf({})).toBe(7);
    expect(codeOf({ findings: [], verdict: 'Yes' })).toBe(0);
  });

  test('of warnings and notes is 0, unless they are asked for', () => {
    const warned = { ...only({ severity: 'warning' }), verdict: 'Yes' as const };
    expect(codeOf(warned)).toBe(0);
    expect(codeOf(warned, { failOn: 'warning' })).toBe(7);
    const noted = { ...only({ severity: 'info' }), verdict: 'Yes' as const };
    expect([codeOf(noted, { failOn: 'warning' }), codeOf(noted, { failOn: 'info' })]).toEqual([0, 7]);
  });

  test('is 10 where something is not known and no error is, unless that is accepted', () => {
    const unknown = { ...only({ confidence: 'Unknown' }), verdict: 'Unknown' as const };
    expect(codeOf(unknown)).toBe(10);
    expect(codeOf(unknown, { failOn: 'error', acceptUnknown: true })).toBe(0);
    expect(codeOf({ ...unknown, findings: [...report.findings, ...(unknown.findings ?? [])] })).toBe(7);
  });

  test('is that of the clusters where none of them answers', () => {
    const error = { code: 'cluster-unreachable' as const, message: 'no' };
    const clusters = ['west', 'east'].map((cluster) => ({ cluster, error: { ...error, remedy: [] } }));
    expect(codeOf({ clusters } as never)).toBe(6);
  });
});

describe('categories', () => {
  test('are known as people write them', () => {
    expect(['data-path', 'DataPath', 'datapath'].map(categoryNamed)).toEqual(['DataPath', 'DataPath', 'DataPath']);
    expect(() => categoryNamed('trst')).toThrow(expect.objectContaining({ remedy: 'did you mean trust?' }));
  });

  test('choose causes, and those of which a consequence is', () => {
    const codes = (category: string): readonly string[] =>
      chosen(report, [categoryNamed(category)]).findings.map(({ code }) => code);
    expect(codes('network')).toEqual(['gateway-not-ready']);
    expect(codes('config')).toEqual(['gateway-not-ready']);
    expect(codes('trust')).toEqual([]);
    expect(chosen(report, [])).toBe(report);
  });
});
