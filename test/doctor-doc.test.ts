import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cellOf, countedOf } from './support/doctor/found.ts';
import { inPassing } from './support/doctor/in-passing.ts';
import { isExpected, readSeen, type Seen } from './support/doctor/seen.ts';
import { tableOf, withTable } from './support/doctor/table.ts';
import { differencesOf } from './support/doctor/tools.ts';
import { singleFaults, triedFaults } from './support/doctor/tried-faults.ts';
import { inEveryRun } from './support/truth/faults.ts';

const file = join(import.meta.dirname, '../docs/doctor.md');
const writes = process.env.ISTHMUS_DOCTOR_TABLE === 'write';

test('docs/doctor.md has what was said of each fault that was put into a live mesh', () => {
  const page = readFileSync(file, 'utf8');
  const expected = withTable(page, tableOf(readSeen()));
  if (writes) writeFileSync(file, expected);
  else expect(page).toBe(expected);
});

test('only faults of the list are among them', () => {
  const names = triedFaults.map(({ name }) => name);
  expect(Object.keys(readSeen()).filter((name) => !names.includes(name))).toEqual([]);
});

test('a third of the faults is in every run of all tests', () => {
  const tried = new Set([...inEveryRun, ...inPassing]);
  expect(tried.size).toBe(inEveryRun.length + inPassing.length);
  expect(3 * tried.size).toBeGreaterThanOrEqual(singleFaults.length);
  const page = readFileSync(file, 'utf8').replaceAll(/\s+/g, ' ');
  expect(page).toContain(`\`make test\` tries ${tried.size} of them, the soak all ${singleFaults.length}`);
});

test('each fault has a cause that a doctor is to name', () => {
  for (const { name, causes } of singleFaults) expect(causes.length, name).toBeGreaterThan(0);
});

describe('what counts as found', () => {
  const whole = {
    analyze: ['west: ✔ No validation issues found'],
    precheck: [],
    'remote-clusters': ['west: east synced'],
  };
  const seenOf = (tools: Partial<Seen['tools']>): Seen => ({
    ...{ doctor: [], named: 'No', others: [], fix: 'Left' },
    tools: differencesOf(whole, { ...whole, ...tools }),
  });

  test('is what a tool says of the broken mesh alone, and what it no longer says', () => {
    const line = 'west: Error [IST0101] (VirtualService sample/fault) Referenced host not found';
    expect(cellOf(seenOf({ analyze: [line] }), 'analyze')).toBe('IST0101');
    expect(cellOf(seenOf({ 'remote-clusters': [] }), 'remote-clusters')).toBe('yes');
    expect(countedOf(seenOf({}), 'precheck')).toEqual([]);
    expect(cellOf(seenOf({ analyze: ['west: ✔ No validation issues found'] }), 'analyze')).toBe('–');
  });

  test('is a cause by its code, its cluster and its object, as far as these are expected', () => {
    const cause = { code: 'drift', cluster: 'east', object: 'Service istio-system/istiod' } as const;
    expect(isExpected(cause, [{ code: 'drift', cluster: 'east' }])).toBe(true);
    expect(isExpected(cause, [{ code: 'drift', cluster: 'west' }])).toBe(false);
    expect(isExpected(cause, [{ code: 'drift', object: 'Service istio-system/istio-eastwestgateway' }])).toBe(false);
  });
});
