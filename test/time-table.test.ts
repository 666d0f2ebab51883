import { expect, test } from 'vitest';
import { failureTable, stepTable, timeTable } from './time-table.ts';

const minute = 60_000;

test('the table has each project with its largest files first, and the small ones in one line', () => {
  const times = [
    { project: 'e2e', file: 'short.test.ts', from: 0, to: minute },
    { project: 'e2e', file: 'long.test.ts', from: minute, to: 4 * minute },
    { project: 'unit', file: 'a.test.ts', from: 0, to: 10 },
    { project: 'unit', file: 'b.test.ts', from: 5, to: 3_000 },
  ];
  const steps = [{ kind: 'processor', ms: 2 * minute, file: '/checkout/long.test.ts' }];
  expect(timeTable(times, steps)).toEqual([
    '',
    'minutes  processor  file',
    '    4.0             e2e',
    '    3.0        2.0    long.test.ts',
    '    1.0               short.test.ts',
    '    0.1             unit',
    '                    2 files of less than 0.1 minutes',
  ]);
  expect(timeTable([], steps)).toEqual([]);
});

test('the steps are added up by their kind, without those that are about a file', () => {
  const steps = [
    { kind: 'isthmus apply', ms: minute },
    { kind: 'start lab', ms: 3 * minute },
    { kind: 'isthmus apply', ms: minute / 2 },
    { kind: 'kubectl', ms: 100 },
    { kind: 'processor', ms: 9 * minute, file: 'long.test.ts' },
  ];
  expect(stepTable(steps)).toEqual([
    '',
    'minutes  times  step',
    '    3.0      1  start lab',
    '    1.5      2  isthmus apply',
  ]);
});

test('what failed is listed with the beginning of its message, without colours, and by name alone at the end', () => {
  const message = `\u001b[31mexpected 1\u001b[0m\n\nto be 2${'.'.repeat(700)}`;
  const [blank, name, ...shown] = failureTable([{ test: 'a.test.ts > adds', message }]);
  expect([blank, name, ...shown.slice(0, 2)]).toEqual(['', 'failed: a.test.ts > adds', '  expected 1', '']);
  expect(shown.at(2)).toMatch(/^ {2}to be 2\.{500,600}$/);
  expect(shown.slice(3)).toEqual(['', 'failed: a.test.ts > adds']);
  expect(failureTable([])).toEqual([]);
});
