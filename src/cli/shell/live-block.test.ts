import { expect, test } from 'vitest';
import { createLiveBlock } from './live-block.ts';

/** What a terminal of some columns shows of what is written to it: its lines, as the two codes that we use change them. */
function terminal(columns = 60) {
  const lines: string[] = [''];
  let now = 0;
  let call: (() => void) | undefined;
  const write = (text: string): void => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what steers the terminal is what is tested
    const up = /^\r\u001b\[(\d+)A\u001b\[J$/.exec(text);
    if (up !== null) {
      lines.splice(lines.length - 1 - Number(up[1]));
      lines.push('');
      return;
    }
    const [first = '', ...more] = text.split('\n');
    lines[lines.length - 1] += first;
    lines.push(...more);
  };
  const block = createLiveBlock({
    write,
    columns: () => columns,
    now: () => now,
    every: (_, again) => {
      call = again;
      return () => {
        call = undefined;
      };
    },
    color: false,
  });
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    call?.();
  };
  return { block, write, pass, shown: () => lines.slice(0, -1), isTicking: () => call !== undefined };
}

test('a line for each cluster stays below what is written, with its bar and how long it takes', () => {
  const { block, write, pass, shown } = terminal();
  block.above(() => write('west  certificates: 2 created\n'));
  block.show('west', { done: 5, total: 15, text: 'accounts and rights' });
  block.show('eu-1', { done: 0, total: 15, text: 'namespaces' });
  block.above(() => write('west  accounts and rights: 3 created\n'));
  pass(2100);
  block.show('eu-1', { done: 15, total: 15, text: 'injection labels' });
  expect(shown()).toEqual([
    'west  certificates: 2 created',
    'west  accounts and rights: 3 created',
    'west  █████░░░░░░░░░░  accounts and rights (2 s)',
    'eu-1  ███████████████  injection labels',
  ]);
});

test('the time goes on where the state is the same, and the line fits the terminal', () => {
  const { block, pass, shown } = terminal(40);
  const waiting = { done: 3, total: 4, text: 'waiting: Deployment istio-system/istiod available' };
  block.show('west', waiting);
  pass(11_000);
  block.show('west', waiting);
  expect(shown()).toEqual(['west  ███████████░░░░  waiting:… (11 s)']);
  expect(shown()[0]?.length).toBeLessThan(40);
});

test('its end takes it away and leaves what was written', () => {
  const { block, write, shown, isTicking } = terminal();
  block.above(() => write('first\n'));
  block.show('west', { done: 1, total: 2, text: 'probes ready' });
  expect(isTicking()).toBe(true);
  block.end();
  block.above(() => write('last\n'));
  expect(shown()).toEqual(['first', 'last']);
  expect(isTicking()).toBe(false);
});
