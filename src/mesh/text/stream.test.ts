import { describe, expect, test } from 'vitest';
import { clusterText, meshText, stream } from '../testing/mesh-text.ts';
import { file, only, places } from '../testing/read-findings.ts';
import { readText } from './read-text.ts';

describe('broken and hostile files', () => {
  test.each([
    ['', '1:1+1'],
    ['\n# only a comment\n', '1:1+1'],
    ['---\n', '1:1+3'],
    ['null\n', '1:1+4'],
  ])('empty: %j', (text, place) => {
    expect(places(text)).toEqual([`${place} document-empty`]);
  });

  test('an empty document among others is what a failed generator leaves', () => {
    expect(places(stream(meshText, clusterText('west'), ''))).toEqual(['12:1+3 document-empty']);
  });

  test('equal keys, both places named', () => {
    const finding = only(stream(meshText, clusterText('west', '  network: eu\n')));
    expect(finding).toMatchObject({
      code: 'key-duplicate',
      remedy: 'keep one of the two; the first is on line 11',
      at: { line: 12, column: 3 },
    });
  });

  test('tabs, unclosed quotes, unknown aliases', () => {
    expect(places('a:\n\tb: 1\n')).toEqual(['2:1+1 yaml-syntax']);
    expect(places('kind: "Mesh\n')).toContain('1:12+1 yaml-syntax');
    expect(only('a: *nowhere\n')).toMatchObject({ code: 'yaml-syntax', at: { line: 1, column: 4, length: 8 } });
  });

  test('keys that steer objects reach nothing', () => {
    const text = stream(
      meshText,
      clusterText('west', '  istio: {values: {__proto__: {polluted: true}, constructor: 1}}\n'),
    );
    expect(only(text)).toMatchObject({ code: 'key-unknown', message: 'the key __proto__ cannot be used' });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(places(stream(meshText, clusterText('west', '  toString: 1\n  constructor: 2\n')))).toEqual([
      '12:3+8 key-unknown',
      '13:3+11 key-unknown',
    ]);
  });

  test('names outside ASCII are found, not mangled', () => {
    const finding = only(stream(meshText.replace('shop', 'магазин'), clusterText('west')));
    expect(finding).toMatchObject({ code: 'value-invalid', at: { column: 18, length: 7 } });
    expect(finding?.message).toContain('found the text "магазин"');
  });

  const bomb = Array.from({ length: 12 }, (_, index) => {
    const inner = index === 0 ? '[x, x, x, x, x, x, x, x, x, x]' : `[${`*a${index - 1}, `.repeat(9)}*a${index - 1}]`;
    return `a${index}: &a${index} ${inner}\n`;
  }).join('');

  test.each([
    ['an alias bomb', bomb],
    ['an alias within its anchor', 'a: &a [*a, *a]\n'],
    ['flow nesting', `a: ${'['.repeat(50_000)}`],
    ['block nesting', `${'- '.repeat(5_000)}x\n`],
    ['closed nesting', `a: ${'{a: '.repeat(70)}1${'}'.repeat(70)}\n`],
    ['more than a megabyte', `a: ${'x'.repeat(1_100_000)}\n`],
  ])('%s is refused', (_, text) => {
    expect(readText(text, file).findings.map(({ code }) => code)).toContain('yaml-limit');
  });

  test('a text of nearly a megabyte is cut in the message', () => {
    const finding = only(stream(meshText.replace('"1.31"', 'x'.repeat(1_000_000)), clusterText('west')));
    expect(finding?.code).toBe('value-invalid');
    expect(finding?.message.length).toBeLessThan(250);
  });

  test('tens of thousands of unknown keys', () => {
    const keys = Array.from({ length: 30_000 }, (_, index) => `  k${index}: 1\n`).join('');
    expect(readText(stream(meshText, clusterText('west', keys)), file).findings).toHaveLength(30_000);
  });
});
