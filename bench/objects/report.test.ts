import { expect, test } from 'vitest';
import { type ObjectsRun, resultText } from './report.ts';

function run(writer: ObjectsRun['writer'], fresh: number, unchanged: number): ObjectsRun {
  return { writer, roundTrip: 20, fresh, unchanged, cpuSeconds: 7, others: 0, counts: undefined };
}

test('the table has the medians of each writer and the ratios to ours', () => {
  const runs = [run('isthmus', 2, 1), run('isthmus', 4, 1), run('kubectl', 30, 28), run('kubectl', 33, 32)];
  const lines = resultText(runs).split('\n');
  expect(lines[1]?.split(/ +/)).toEqual(['20', 'isthmus', '3.00', '1.0', '1.00', '1.0']);
  expect(lines[2]?.split(/ +/)).toEqual(['20', 'kubectl', '31.50', '10.5', '30.00', '30.0']);
});

test('without ours there are no ratios', () => {
  expect(resultText([run('helm', 3, 4)]).split('\n')[1]).toMatch(/^20 +helm +3\.00 +4\.00$/);
});
