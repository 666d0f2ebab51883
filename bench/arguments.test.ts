import { describe, expect, test } from 'vitest';
import { parseBenchArguments } from './arguments.ts';

describe('parseBenchArguments', () => {
  test('has defaults', () => {
    expect(parseBenchArguments(['apply'])).toEqual({
      courses: [
        { clusters: 2, rounds: 2 },
        { clusters: 5, rounds: 1 },
      ],
      contenders: ['isthmus', 'manual', 'isthmus-warm'],
      repeats: 5,
      quiet: 1,
    });
  });

  test('runs the first size as often as said and the others half as often', () => {
    const words = [
      'apply',
      '--runs',
      '3',
      '--clusters=3,4',
      '--contenders',
      'manual',
      '--repeats',
      '0',
      '--quiet',
      '15',
    ];
    expect(parseBenchArguments(words)).toEqual({
      courses: [
        { clusters: 3, rounds: 3 },
        { clusters: 4, rounds: 2 },
      ],
      contenders: ['manual'],
      repeats: 0,
      quiet: 0.15,
    });
  });

  test.each([
    [''],
    ['verify'],
    ['apply again'],
    ['apply --runs 0'],
    ['apply --runs 1.5'],
    ['apply --clusters 1'],
    ['apply --clusters 2,'],
    ['apply --contenders helm'],
    ['apply --contenders manual,isthmus-warm'],
    ['apply --quiet 0'],
    ['apply --fast'],
  ])('refuses "%s" with the usage as the remedy', (line) => {
    expect(() => parseBenchArguments(line.split(' '))).toThrow(
      expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('--clusters 2,5') }),
    );
  });
});
