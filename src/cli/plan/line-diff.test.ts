import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffLines } from './line-diff.ts';

function shown(before: string, after: string): string {
  const signs = { Before: '-', After: '+', Both: ' ' } as const;
  return diffLines([...before], [...after])
    .map(({ side, text }) => `${signs[side]}${text}`)
    .join('');
}

describe('diffLines', () => {
  test.each([
    ['abc', 'abc', ' a b c'],
    ['abc', 'axc', ' a-b+x c'],
    ['', 'ab', '+a+b'],
    ['abcdef', 'bcxf', '-a b c-d-e+x f'],
  ])('%s to %s', (before, after, expected) => {
    expect(shown(before, after)).toBe(expected);
  });

  test('holds both texts in their order', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 20 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = diffLines(before, after);
        const of = (side: 'Before' | 'After'): string[] =>
          diff.filter((line) => line.side === side || line.side === 'Both').map(({ text }) => text);
        expect(of('Before')).toEqual(before);
        expect(of('After')).toEqual(after);
      }),
    );
  });
});
