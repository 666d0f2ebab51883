import { describe, expect, test } from 'vitest';
import { parsePlanArguments } from './arguments.ts';

describe('parsePlanArguments', () => {
  test('has defaults', () => {
    expect(parsePlanArguments([])).toEqual({ clusters: 20, runs: 3, hand: 'Measured' });
  });

  test('takes a small run', () => {
    expect(parsePlanArguments(['--clusters=2', '--runs', '1', '--no-hand'])).toEqual({
      clusters: 2,
      runs: 1,
      hand: 'LeftOut',
    });
  });

  test.each([['now'], ['--clusters 32'], ['--runs 0'], ['--hand']])(
    'refuses "%s" with the usage as the remedy',
    (line) => {
      expect(() => parsePlanArguments(line.split(' '))).toThrow(
        expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('--clusters 20') }),
      );
    },
  );
});
