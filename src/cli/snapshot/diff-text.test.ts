import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { meshDifferences } from '../../report/differences.ts';
import { differencesText } from './diff-text.ts';
import { conclusionOf } from './run-diff.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/snapshot-diff.json');
const report = meshDifferences.parse(JSON.parse(readFileSync(file, 'utf8')));
const options = { color: false, source: '--snapshot after' };
const nothing = {
  ...report,
  ...{ objects: [], istiods: [], uncompared: [], clusters: { added: [], removed: [] } },
  traffic: { ...report.traffic, changes: [], unknown: [] },
};
const lost = { cluster: 'east', kind: 'Service', missingIn: 'After', reason: 'services is forbidden' } as const;

test('two snapshots without a difference change nothing, and what was not compared limits that', () => {
  expect(differencesText(nothing, options)).toMatch(
    /0 objects differ, \d+ unchanged\n\nwhat changes for traffic\n {2}nothing\n$/,
  );
  const text = differencesText({ ...nothing, uncompared: [lost] }, options);
  expect(text).toContain('  east: the snapshot after lacks its Service objects: services is forbidden\n');
  expect(text).toContain('  nothing, in what is known\n');
});

test('of many objects the first are listed, and the others counted', () => {
  const [one] = report.objects;
  if (one === undefined) return expect.fail('the report has an object');
  const objects = Array.from({ length: 45 }, (_, index) => ({ ...one, ref: { ...one.ref, name: `n${index}` } }));
  const text = differencesText({ ...nothing, objects }, options);
  expect(text).toContain('/n39');
  expect(text).not.toContain('/n40');
  expect(text).toContain('  … 5 more, see -o json\n');
});

test('it ends with 7 for a difference where that is asked for, and with 10 where there may be more', () => {
  expect([conclusionOf(nothing, {}), conclusionOf(nothing, { exitCode: true })]).toEqual([0, 0]);
  expect(conclusionOf({ ...nothing, objects: report.objects }, {})).toBe(0);
  for (const part of ['objects', 'istiods'] as const) {
    expect(report[part].length).toBeGreaterThan(0);
    expect(conclusionOf({ ...nothing, [part]: report[part] }, { exitCode: true })).toBe(7);
  }
  const open = { ...nothing, uncompared: [lost] };
  expect([conclusionOf(open, { exitCode: true }), conclusionOf(open, { acceptUnknown: true })]).toEqual([10, 0]);
});
