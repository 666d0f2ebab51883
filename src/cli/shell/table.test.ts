import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { table, tablesOf } from './table.ts';

const long = 'gke_my-project_europe-west1_a-production-cluster';

describe('a table', () => {
  test('has its columns two spaces apart', () => {
    expect(table([['CLUSTER', 'STATE'], ['west', 'Ready'], ['east']])).toBe('CLUSTER  STATE\nwest     Ready\neast');
    expect(table([['a', ''], ['b']])).toBe('a\nb');
    expect(table([])).toBe('');
  });

  test('that would be too wide has sentences broken between words', () => {
    const rule = 'half of the requests go to each of the two networks as long as both have endpoints';
    expect(
      table([
        ['RULE', 'OF', 'DOES'],
        ['VS sample/helloworld', 'the mesh', rule],
      ]),
    ).toBe(
      [
        'RULE                  OF        DOES',
        'VS sample/helloworld  the mesh  half of the requests go to each of the two',
        '│                               networks as long as both have endpoints',
      ].join('\n'),
    );
  });

  test('that would be too wide has a long name whole at the end of its line, and the rest of its row below', () => {
    const row = (name: string): readonly string[] => [name, 'us', '1.31.0 1/1', '1/1', '1/1', '364d', 'none', 'Ready'];
    const head = ['CLUSTER', 'NETWORK', 'ISTIOD', 'GATEWAY', 'PEERS', 'CERT LEFT', 'DRIFT', 'STATE'];
    expect(table([head, row('west'), row(long)])).toBe(
      [
        'CLUSTER  NETWORK  ISTIOD      GATEWAY  PEERS  CERT LEFT  DRIFT  STATE',
        'west     us       1.31.0 1/1  1/1      1/1    364d       none   Ready',
        long,
        '│        us       1.31.0 1/1  1/1      1/1    364d       none   Ready',
      ].join('\n'),
    );
  });

  test('breaks a name that no line holds after one of its parts', () => {
    const host = `${'a'.repeat(50)}.${'b'.repeat(50)}:5000`;
    expect(table([['x', host]])).toBe(`x   ${'a'.repeat(50)}.\n│   ${'b'.repeat(50)}:5000`);
  });

  test('marks cells after they were padded', () => {
    const style = (cell: string): string => `<${cell}>`;
    expect(
      table(
        [
          ['a', 'b'],
          ['long', 'c'],
        ],
        { style },
      ),
    ).toBe('<a   >  <b>\n<long>  <c>');
  });

  test('property: has no line of more columns than it may, and every word of every cell in its order', () => {
    const word = fc.stringMatching(/^[a-z0-9./:-]{1,120}$/);
    const cell = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 7 }), { minLength: 1, maxLength: 4 }), (rows) => {
        const lines = table(rows).split('\n');
        expect(lines.filter((line) => line.length > 80)).toEqual([]);
        const letters = (text: string): string => [...text.replaceAll(/\s/g, '')].toSorted().join('');
        expect(letters(lines.join('').replaceAll('│', ''))).toBe(letters(rows.flat().join('')));
      }),
    );
  });
});

describe('a column for each of any number of clusters', () => {
  test('goes side by side as far as they fit, and on in a part of its own below', () => {
    const names = Array.from({ length: 9 }, (_, index) => `cluster-${index}`);
    const text = tablesOf([['TRUSTS', ...names], ...names.map((name) => [name, ...names.map(() => 'yes')])]);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const parts = text.split('\n│\n');
    expect(parts.map((part) => part.split('\n')[0]?.replace('│ ', '').split(/ +/).length)).toEqual([7, 4]);
    expect(parts.every((part) => part.split('\n').length === 10)).toBe(true);
  });

  test('keeps the columns of one thing together', () => {
    const rows = [
      ['KIND', 'WEST GONE', 'LEFT', 'EAST GONE', 'LEFT'],
      ['Secret', '3', '0', '1', '0'],
    ];
    expect(tablesOf(rows, 2)).toBe(table(rows));
    expect(tablesOf(rows, 2, 25)).toBe(
      [
        'KIND    WEST GONE  LEFT',
        'Secret  3          0',
        '│',
        '│ KIND    EAST GONE  LEFT',
        '│ Secret  1          0',
      ].join('\n'),
    );
  });
});
