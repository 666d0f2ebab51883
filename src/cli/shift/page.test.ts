import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shiftReport } from '../../report/shift.ts';
import { htmlPage } from '../shell/html.ts';
import { shiftPage } from './page.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/shift.json');
const { mesh, shifts } = shiftReport.parse(JSON.parse(readFileSync(file, 'utf8')));
const [shift] = shifts;
if (shift === undefined) throw new Error('the report has no shift');

test('each step has what was wanted beside what was measured, and its verdict', () => {
  const { bars, rows } = shiftPage(shift, mesh);
  expect(bars).toHaveLength(2 * shift.verdicts.length);
  expect(rows).toHaveLength(shift.verdicts.length + 1);
  const html = htmlPage(shiftPage(shift, mesh));
  for (const { share, verdict, requests } of shift.verdicts) {
    expect(html).toContain(`${shift.to} ${share}%`);
    expect(html).toContain(`<td>${requests}</td>`);
    expect(html).toContain(`<td>${verdict}</td>`);
  }
});

test('p99 has its columns where it is limited, with the bucket of each figure', () => {
  const target = { ms: 312.4, fromMs: 250, toMs: 500, requests: 120 };
  const verdicts = shift.verdicts.map((verdict, index) =>
    index === 0 ? { ...verdict, p99: { target, sources: null } } : verdict,
  );
  const [titles, first, second] = shiftPage({ ...shift, verdicts }, mesh).rows;
  expect(titles?.slice(-3)).toEqual(['P99', 'P99 ELSEWHERE', 'VERDICT']);
  expect(first?.slice(-3)).toEqual(['312 ms (250 to 500)', '-', shift.verdicts[0]?.verdict]);
  expect(second?.slice(-3, -1)).toEqual(['-', '-']);
});

test('one that went back is bad, and one before its first step has no table', () => {
  expect(shiftPage({ ...shift, phase: 'WentBack' }, mesh).mood).toBe('Bad');
  expect(htmlPage(shiftPage({ ...shift, verdicts: [] }, mesh)).match(/<table>/g)).toHaveLength(1);
});
