import { expect, test } from 'vitest';
import { groupOf, kibibytes } from './memory.ts';

test('the process group is the third field after the name, whatever the name', () => {
  expect(groupOf('17 (a (b) c) S 1 42 42 0 -1')).toBe(42);
});

test('memory is read from its line, and there is none of a process that has ended', () => {
  const status = 'Name:\tnode\nVmHWM:\t  153768 kB\nVmRSS:\t  150000 kB\n';
  expect(kibibytes(status, 'VmHWM')).toBe(153_768);
  expect(kibibytes(status, 'VmRSS')).toBe(150_000);
  expect(kibibytes('', 'VmRSS')).toBe(0);
});
