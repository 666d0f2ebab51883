import { describe, expect, test } from 'vitest';
import { parseOperatorArguments } from './arguments.ts';

describe('parseOperatorArguments', () => {
  test('has defaults', () => {
    expect(parseOperatorArguments([])).toEqual({ deletions: 100, idleSeconds: 300 });
  });

  test('takes a small run', () => {
    expect(parseOperatorArguments(['--deletions=5', '--idle', '10'])).toEqual({ deletions: 5, idleSeconds: 10 });
  });

  test.each([['now'], ['--deletions 0'], ['--idle 5']])('refuses "%s" with the usage as the remedy', (line) => {
    expect(() => parseOperatorArguments(line.split(' '))).toThrow(
      expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('--deletions 100') }),
    );
  });
});
