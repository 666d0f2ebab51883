import { describe, expect, test } from 'vitest';
import { parseObjectsArguments } from './arguments.ts';

describe('parseObjectsArguments', () => {
  test('has defaults', () => {
    expect(parseObjectsArguments([])).toEqual({
      objects: 1000,
      roundTrips: [0, 20],
      rounds: 1,
      writers: ['isthmus', 'kubectl', 'helm'],
    });
  });

  test('takes a small run, with the writers in their order', () => {
    const words = ['--objects', '100', '--rtt=6', '--rounds', '2', '--writers', 'helm,isthmus'];
    expect(parseObjectsArguments(words)).toEqual({
      objects: 100,
      roundTrips: [6],
      rounds: 2,
      writers: ['isthmus', 'helm'],
    });
  });

  test.each([
    ['again'],
    ['--objects 150'],
    ['--objects 0'],
    ['--rtt 5'],
    ['--rtt 0,'],
    ['--rounds 0'],
    ['--writers flux'],
    ['--fast'],
  ])('refuses "%s" with the usage as the remedy', (line) => {
    expect(() => parseObjectsArguments(line.split(' '))).toThrow(
      expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('--rtt 0,20') }),
    );
  });
});
