import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drillReport } from '../../report/drill.ts';
import { htmlPage } from '../shell/html.ts';
import { drillPage } from './page.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/drill.json');
const report = drillReport.parse(JSON.parse(readFileSync(file, 'utf8')));
const [caller] = report.callers;
if (caller === undefined) throw new Error('the report has no caller');

test('each caller has what was predicted beside what was measured', () => {
  const { bars, rows, mood } = drillPage(report);
  expect(mood).toBe('Good');
  expect(bars.map(({ name }) => name)).toEqual(
    report.callers.flatMap(({ from }) =>
      ['before', 'predicted', 'measured', 'after'].map((when) => `from ${from}, ${when}`),
    ),
  );
  expect(rows.slice(1).map(([from]) => from)).toEqual(report.callers.map(({ from }) => from));
  expect(htmlPage(drillPage(report))).toContain(`<h1>${report.fault} for ${report.seconds} s</h1>`);
});

test('what was lost is a part of the bar, and nothing is predicted where the model does not know', () => {
  const [bar, ...others] = drillPage({
    ...report,
    callers: [{ ...caller, predicted: null, during: { west: 75 }, lost: 25 }],
  }).bars.slice(1);
  expect(others).toHaveLength(1);
  expect(bar).toEqual({
    name: `from ${caller.from}, measured`,
    parts: [
      { name: 'west', percent: 75 },
      { name: 'lost', percent: 25 },
    ],
  });
});

test('what is not as before is bad, whatever was predicted', () => {
  expect(drillPage({ ...report, left: ['Deployment istiod was deleted meanwhile'] })).toMatchObject({ mood: 'Bad' });
});
