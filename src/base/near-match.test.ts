import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearMatch, nearMatches } from './near-match.ts';

test('an exchange of neighbours is one edit', () => {
  expect(editDistance('netwrok', 'network')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
});

test('the distance is symmetric, and none only between equal words', () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
});

test('a word far from every candidate means none of them', () => {
  expect(nearMatch('color', ['network', 'access'])).toBeUndefined();
  expect(nearMatch('Network', ['network', 'access'])).toBe('network');
  expect(nearMatch('n'.repeat(100_000), ['network'])).toBeUndefined();
});

test('a word that is equally near to several means any of them', () => {
  expect(nearMatches('est', ['west', 'east', 'north'])).toEqual(['west', 'east']);
  expect(nearMatches('eas', ['west', 'east'])).toEqual(['east']);
});
