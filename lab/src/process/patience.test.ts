import { expect, test } from 'vitest';
import { createPatience } from './patience.ts';

function waiting() {
  const state = { now: 0, logBytes: 0, cpuMs: 0 };
  const patience = createPatience({ work: () => ({ ...state }), now: () => state.now, quietMs: 100, atMostMs: 1_000 });
  const after = (ms: number, work: { logBytes?: number; cpuMs?: number } = {}): boolean => {
    state.now += ms;
    state.logBytes += work.logBytes ?? 0;
    state.cpuMs += work.cpuMs ?? 0;
    return patience.isOver();
  };
  return after;
}

test('a program that does nothing is waited for until the limit', () => {
  const after = waiting();
  expect([after(60), after(40), after(1)]).toEqual([false, false, true]);
});

test.each([{ logBytes: 1 }, { cpuMs: 5_000 }])('a program that works (%o) is waited for longer', (work) => {
  const after = waiting();
  expect([after(90, work), after(90, work), after(90), after(20)]).toEqual([false, false, false, true]);
});

test('a program that idles uses some processor time and is not waited for longer', () => {
  const after = waiting();
  expect([after(60, { cpuMs: 100 }), after(60, { cpuMs: 100 })]).toEqual([false, true]);
});

test('a program that works for ever is given up at last', () => {
  const after = waiting();
  const answers = Array.from({ length: 21 }, () => after(50, { logBytes: 10 }));
  expect(answers.indexOf(true)).toBe(20);
});
