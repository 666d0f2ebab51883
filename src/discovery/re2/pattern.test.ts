import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxStates, parsePattern } from './pattern.ts';

function matches(pattern: string, text: string): boolean | undefined {
  return parsePattern(pattern)?.matches(text);
}

describe('a pattern', () => {
  test.each([
    ['/reviews/[0-9]+', '/reviews/12', '/reviews/'],
    ['a|bc|', 'bc', 'abc'],
    ['(?:a|b)*c', 'ababc', 'abab'],
    ['(?P<id>\\d+)-(?<rest>\\w+)', '12-x_9', '12-é'],
    ['(?<a>x)(?<a>y)', 'xy', 'xx'],
    ['a{2}b{1,2}c{1,}', 'aabbccc', 'aabbb'],
    ['a{,2}', 'a{,2}', 'aa'],
    ['x*?y+?z??', 'xxy', 'xx'],
    ['[^a-c-]+', 'xyz\n', 'x-'],
    ['[]a]+', ']a]', '[a'],
    ['[a-]+', 'a-', 'b'],
    ['[[:alpha:][:^space:]]+', 'a1', 'a 1'],
    ['[\\d\\-x]+', '1-x', '1y'],
    ['\\s+', ' \t\n\f\r', '\v'],
    ['\\D\\S\\W', 'ab-', '1b-'],
    ['\\p{Greek}+', 'αβγ', 'αbγ'],
    ['\\pL\\PL\\p{^Lu}\\P{^Lu}', 'é1aA', 'é1AA'],
    ['\\p{Any}', '\u{1f600}', 'ab'],
    ['.', '\u{1f600}', '\n'],
    ['(?s).', '\n', ''],
    ['\\Aa\\z', 'a', 'a\n'],
    ['^a$', 'a', 'a\n'],
    ['a(?m)$\\n^b', 'a\nb', 'ab'],
    ['\\bfoo\\b.*', 'foo bar', 'foobar'],
    ['foo\\Bbar', 'foobar', 'foo bar'],
    ['\\Qa.b*\\E+', 'a.b***', 'axb'],
    ['\\Qa.b', 'a.b', 'axb'],
    ['(?i)straße', 'STRAßE', 'strasse'],
    ['(?i)k[a-c]', '\u212aB', 'ı'],
    ['a(?i)b(?-i)c', 'aBc', 'aBC'],
    ['a(?i:b|c)d', 'aCd', 'aCD'],
    ['(a(?i)b)c', 'aBc', 'aBC'],
    ['(?i)a|b', 'B', 'c'],
    ['(?iU-s)A.*', 'ab', 'a\n'],
    ['\\x41\\x{1F600}\\101\\0\\t\\.', 'A\u{1f600}A\0\t.', 'A'],
    ['(?i)[^k]', 'x', '\u212a'],
    ['(|a)*(){3}(^)*b', 'aab', 'c'],
    ['(?:(?:a{3}){3}){3}', 'a'.repeat(27), 'a'.repeat(26)],
  ])('%s matches %j and not %j', (pattern, yes, no) => {
    expect([matches(pattern, yes), matches(pattern, no)]).toEqual([true, false]);
  });

  test.each([
    '(',
    ')',
    'a)',
    '[a',
    '[]',
    '[b-a]',
    '[a-\\d]',
    '*',
    'a|*',
    '(*a)',
    'a**',
    'a{2}{3}',
    'a+?+',
    'a{1001}',
    'a{3,2}',
    '(a{100}){11}',
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?<é>x)',
    '(?P<>x)',
    '(?x)a',
    '(?-)a',
    '(?i',
    '\\1',
    '\\8',
    '\\Z',
    '\\C',
    '\\e',
    '\\u0041',
    '\\x4',
    '\\x{110000}',
    '\\é',
    'a\\',
    '\\p{Grek}',
    '\\p{Letter}',
    '\\p{Alphabetic}',
    '\\p{constructor}',
    '\\pX',
    '[[:foo:]]',
    '[[:constructor:]]',
    '\\p{Greek',
  ])('%s is refused, as by RE2', (pattern) => {
    expect(parsePattern(pattern)).toBeUndefined();
  });

  test('that is ambiguous costs a step for each state and character', () => {
    const long = 'a'.repeat(10_000);
    for (const pattern of ['(a+)+b', '(a|a)*b', '(a|aa)+b', '(a*)*b', '([a-z.:0-9]+)+!', '(?i)(a+)+b']) {
      expect(matches(pattern, long), pattern).toBe(false);
    }
    expect(matches(`${'a?'.repeat(500)}${'a'.repeat(500)}`, 'a'.repeat(500))).toBe(true);
  });

  test('that is too large is refused before it is written out', () => {
    expect(parsePattern('a{1000}')).toBeDefined();
    expect(parsePattern(`(?:${'[a-z]'.repeat(100)}){1000}`)).toBeUndefined();
    expect(parsePattern('a'.repeat(maxStates + 1))).toBeUndefined();
  });

  test('may have a thousand groups within each other, and no more', () => {
    const nested = (depth: number): string => `${'(x|(?:y'.repeat(depth / 2)}${')+z)*'.repeat(depth / 2)}`;
    expect(matches(nested(1000), 'x')).toBe(true);
    expect(parsePattern(nested(1002))).toBeUndefined();
    expect(parsePattern('('.repeat(9_000))).toBeUndefined();
  });

  test('in the syntax that JavaScript shares matches what JavaScript matches', () => {
    const seed = Number(process.env.ISTHMUS_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const letters = fc.constantFrom('a', 'b', 'A', '1', '-', '_', '\n', 'é', '\u{1f600}');
    const leaf = fc
      .oneof(
        fc.constantFrom(
          'a',
          'b',
          'A',
          '1',
          '_',
          '.',
          'é',
          '\u{1f600}',
          '\\d',
          '\\D',
          '\\w',
          '\\W',
          '\\b',
          '\\B',
          '^',
          '$',
        ),
        fc.constantFrom(
          '[ab]',
          '[^a]',
          '[a-z]',
          '[^A-Z1]',
          '[\\d_]',
          '[^\\w]',
          '[\\u{61}]',
          '\\p{Lu}',
          '\\P{L}',
          '\\x61',
          '\\-',
        ),
      )
      .map((text) => text.replace('\\u{61}', 'a'));
    const { pattern } = fc.letrec<{ pattern: string; item: string }>((tie) => ({
      item: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(tie('pattern'), fc.constantFrom('', '*', '+', '?', '*?', '{2}', '{0,2}', '{1,}'))
          .map(([inner, count]) => `(?:${inner})${count}`),
        tie('pattern').map((inner) => `(${inner})`),
      ),
      pattern: fc
        .array(fc.array(tie('item'), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
        .map((alternatives) => alternatives.map((items) => items.join('')).join('|')),
    }));
    const property = fc.property(pattern, fc.array(letters, { maxLength: 6 }), fc.boolean(), (source, text, folded) => {
      // \W with case folding and \u is another set in JavaScript; \- stands in classes alone there.
      const shared = (
        folded ? source.replaceAll(/\\[WwP]|\[\^\\w\]/g, 'x').replaceAll('x{L}', 'x') : source
      ).replaceAll('\\-', '-');
      const expected = new RegExp(`^(?:${shared})$`, folded ? 'iu' : 'u').test(text.join(''));
      expect(matches(folded ? `(?i)${shared}` : shared, text.join(''))).toBe(expected);
    });
    // The seed stands in the failure: set ISTHMUS_TEST_SEED to it to repeat the run.
    fc.assert(property, { seed, numRuns: 1_000 });
  });
});
