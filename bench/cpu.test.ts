import { expect, test } from 'vitest';
import { busyTicks, shareOfOthers, ticksOfFamily } from './cpu.ts';

test('busy time leaves out idling and waiting for disks', () => {
  expect(busyTicks('cpu  1 20 300 4000 50000 600000 7000000 80000000 0 0\ncpu0 9 9 9 9 9 9 9 9 9 9\n')).toBe(
    87_600_321,
  );
});

test('a process counts with the children it saw end, whatever its name', () => {
  expect(ticksOfFamily('1 (a (b) c) R 4 5 6 7 8 9 10 11 12 13 1 20 300 4000 20 0 1 0')).toBe(4321);
});

test('the share of others is what is left of the machine’s work', () => {
  const before = { busy: 100, own: 10, at: 1000 };
  const after = { busy: 118, own: 22, at: 1010 };
  expect(shareOfOthers(before, after, 2)).toBeCloseTo(0.3);
  expect(shareOfOthers(before, { ...after, own: 40 }, 2)).toBe(0);
});
