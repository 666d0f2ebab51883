import { expect, test } from 'vitest';
import { type PlanRun, resultText } from './report.ts';

function run(way: PlanRun['way'], seconds: number, requests?: number): PlanRun {
  return { way, seconds, peaks: { process: 100, group: 300 }, cpuSeconds: 5, others: 0, requests, objects: undefined };
}

test('the table has the medians of each way and the ratio to ours', () => {
  const lines = resultText([run('isthmus', 8, 600), run('isthmus', 12, 600), run('hand', 60)]).split('\n');
  expect(lines[1]?.split(/ +/)).toEqual(['isthmus', '10.00', '1.0', '100', '300', '600']);
  expect(lines[2]?.split(/ +/)).toEqual(['hand', '60.00', '6.0', '100', '300']);
});
