import { expect, test } from 'vitest';
import { plot } from './plot.ts';

test('the longest bar is that of the largest value', () => {
  const points = [
    { label: '5', value: 1 },
    { label: '50', value: 10 },
  ];
  expect(plot('seconds', points, 's').split('\n')).toEqual([
    'seconds',
    ` 5 ${'█'.repeat(4)}${' '.repeat(36)} 1.00 s`,
    `50 ${'█'.repeat(40)} 10.0 s`,
  ]);
});

test('nothing has no bar', () => {
  expect(plot('x', [{ label: 'a', value: 0 }], 's')).toBe(`x\na ${' '.repeat(40)} 0.00 s`);
});
