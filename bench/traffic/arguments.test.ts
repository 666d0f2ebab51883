import { expect, test } from 'vitest';
import { parseTrafficArguments, parts } from './arguments.ts';

test('every part runs by default', () => {
  expect(parseTrafficArguments([])).toEqual({ parts, moves: 3, peer: 3 });
});

test('a part is chosen by its name, with its options', () => {
  const found = parseTrafficArguments(['move', '--peer=0', '--moves', '10']);
  expect(found).toEqual({ parts: ['move'], peer: 0, moves: 10 });
});

test.each([['drill'], ['--moves 0'], ['move --peer 101']])('"%s" is refused with the usage as the remedy', (line) => {
  expect(() => parseTrafficArguments(line.split(' '))).toThrow(
    expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('--moves 3') }),
  );
});
