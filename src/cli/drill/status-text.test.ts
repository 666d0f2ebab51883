import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drillStatus } from '../../report/drill-status.ts';
import { drillStatusText } from './status-text.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/drill-status.json');
const report = drillStatus.parse(JSON.parse(readFileSync(file, 'utf8')));
const options = { color: false, source: '-f mesh.yaml' };

test('no drill is stated of what was read alone', () => {
  const none = { ...report, drills: [] };
  expect(drillStatusText(none, options)).toBe('mesh shop: no drill\n');
  const error = { code: 'cluster-unreachable' as const, message: 'connection refused', retry: true };
  const text = drillStatusText({ ...none, unread: [{ cluster: 'west', error }] }, options);
  expect(text).toContain('mesh shop: no drill in what was read\n');
  expect(text).toContain('not known: whether a drill is under way in west\nerror: connection refused');
});

test('what repairs it is named as long as something may be broken', () => {
  const [drill] = report.drills;
  if (drill === undefined) return expect.fail('the report has a drill');
  const of = (phase: typeof drill.phase): string =>
    drillStatusText({ ...report, drills: [{ ...drill, phase }] }, options);
  for (const phase of ['Armed', 'Broken', 'Repairing'] as const) expect(of(phase)).toContain('by a pod in east');
  expect(of('Left')).not.toContain('by a pod in east');
  expect(of('Left')).toContain('next: isthmus status -f mesh.yaml');
});
