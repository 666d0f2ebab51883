import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coverageText, faultsOf } from './support/doctor/coverage.ts';
import { reportedKinds } from './support/doctor/reports.ts';
import { readSeen } from './support/doctor/seen.ts';
import { withTable } from './support/doctor/table.ts';

const file = join(import.meta.dirname, '../docs/doctor-coverage.md');
const writes = process.env.ISTHMUS_DOCTOR_TABLE === 'write';
const marks = ['<!-- the table of reported kinds -->', '<!-- end of the table of reported kinds -->'] as const;

test('docs/doctor-coverage.md has each kind of failure with how far it is shown', () => {
  const page = readFileSync(file, 'utf8');
  const expected = withTable(page, coverageText(reportedKinds, readSeen()), marks);
  if (writes) writeFileSync(file, expected);
  else expect(page).toBe(expected);
});

test('there are 64 kinds', () => {
  expect(reportedKinds).toHaveLength(64);
});

test('each fault that a kind names is one of those that are put into a live mesh', () => {
  const named = reportedKinds.flatMap(({ proof }) => (proof.how === 'Live' ? proof.faults : []));
  expect(named.filter((name) => faultsOf(name).length === 0)).toEqual([]);
});
