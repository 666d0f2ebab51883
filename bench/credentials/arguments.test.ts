import { describe, expect, test } from 'vitest';
import { parseCredentialsArguments } from './arguments.ts';

describe('parseCredentialsArguments', () => {
  test('takes every ordered pair by default', () => {
    expect(parseCredentialsArguments([])).toEqual({ clusters: 20, runs: 3, pairs: 380 });
    expect(parseCredentialsArguments(['--clusters', '3']).pairs).toBe(6);
  });

  test('takes fewer pairs', () => {
    expect(parseCredentialsArguments(['--pairs=5', '--runs', '1'])).toEqual({ clusters: 20, runs: 1, pairs: 5 });
  });

  test.each([['now'], ['--clusters 1'], ['--clusters 32'], ['--runs 0'], ['--pairs 381'], ['--clusters 3 --pairs 7']])(
    'refuses "%s" with the usage as the remedy',
    (line) => {
      expect(() => parseCredentialsArguments(line.split(' '))).toThrow(
        expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('--clusters 20') }),
      );
    },
  );
});
