import { describe, expect, test } from 'vitest';
import { parseOperatorArguments, parts } from './arguments.ts';

describe('parseOperatorArguments', () => {
  test('runs every part by default', () => {
    expect(parseOperatorArguments([])).toEqual({
      parts,
      deletions: 100,
      rotations: 100,
      peer: 20,
      rounds: 1,
      runs: 3,
      idleSeconds: 300,
      clusters: 20,
      churnMinutes: 60,
    });
  });

  test('takes some parts, in the order of all of them', () => {
    const found = parseOperatorArguments(['idle', 'restore', '--deletions=5', '--idle', '10']);
    expect(found).toMatchObject({ parts: ['restore', 'idle'], deletions: 5, idleSeconds: 10 });
  });

  test.each([['now'], ['--deletions 0'], ['--idle 5'], ['restore idle21']])(
    'refuses "%s" with the usage as the remedy',
    (line) => {
      expect(() => parseOperatorArguments(line.split(' '))).toThrow(
        expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('--deletions 100') }),
      );
    },
  );
});
