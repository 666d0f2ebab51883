import { expect, test } from 'vitest';
import { stepTable, timeTable } from './time-table.ts';

const minute = 60_000;

test('the table has each project with its largest files first, and the small ones in one line', () => {
  const times = [
    { project: 'e2e', file: 'short.test.ts', from: 0, to: minute, busy: 0.5 },
    { project: 'e2e', file: 'long.test.ts', from: minute, to: 4 * minute, busy: 0.75 },
    { project: 'unit', file: 'a.test.ts', from: 0, to: 10, busy: 1 },
    { project: 'unit', file: 'b.test.ts', from: 5, to: 3_000, busy: 1 },
  ];
  expect(timeTable(times)).toEqual([
    '',
    'minutes   busy  file',
    '    4.0        e2e',
    '    3.0    75%    long.test.ts',
    '    1.0    50%    short.test.ts',
    '    0.1        unit',
    '              2 files of less than 0.1 minutes',
  ]);
  expect(timeTable([])).toEqual([]);
});

test('the steps are added up by their kind', () => {
  const steps = [
    { kind: 'isthmus apply', ms: minute },
    { kind: 'start lab', ms: 3 * minute },
    { kind: 'isthmus apply', ms: minute / 2 },
    { kind: 'kubectl', ms: 100 },
  ];
  expect(stepTable(steps)).toEqual([
    '',
    'minutes  times  step',
    '    3.0      1  start lab',
    '    1.5      2  isthmus apply',
  ]);
});
