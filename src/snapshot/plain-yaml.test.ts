import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { yamlStyle } from '../base/yaml-style.ts';
import { plainDocument } from './plain-yaml.ts';

/** What a parser of the whole language reads; undefined where it complains. */
function read(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
  return document.errors.length + document.warnings.length > 0 ? undefined : document.toJS();
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'web',
    namespace: 'shop',
    labels: { app: 'web', 'app.kubernetes.io/name': 'web' },
    annotations: {},
  },
  spec: { clusterIP: '10.0.0.7', ports: [{ name: 'http', port: 80, targetPort: 8080 }], publish: true, none: null },
  status: { at: '2026-11-30T10:00:00.000Z', ranges: [['10.0.0.0/8', 'fd00::/8'], []] },
  pem: '-----BEGIN CERTIFICATE-----\nMIIB\n\n-----END CERTIFICATE-----\n',
};

test('what a snapshot holds is plain', () => {
  const text = stringify(service, { ...yamlStyle, aliasDuplicateObjects: false, lineWidth: 0 });
  expect(plainDocument(text)).toEqual(service);
});

test('a list may stand under its key, and a text may have quotation marks', () => {
  const text = 'a:\n- b: \'it\'\'s\'\n  c: "x: \\"y\\""\n- |-\n  d\n   e\nf: 1\n';
  expect(plainDocument(text)).toEqual({ a: [{ b: "it's", c: 'x: "y"' }, 'd\n e'], f: 1 });
  expect(plainDocument(text)).toEqual(read(text));
});

const notPlain = [
  'a: &x 1\n',
  'a: *x\n',
  'a: !!str 1\n',
  'a: {b: 1}\n',
  'a: 1 # one\n',
  '# one\na: 1\n',
  'a: x\n  y\n',
  'a: "x\n  y"\n',
  'a: >\n  x\n',
  'a: |2\n   x\n',
  'a: |\n\n  x\n',
  'a: |\n  x\n\n',
  'a: 0x10\n',
  'a: 1e3\n',
  'a: 1.5\n',
  'a: 007\n',
  'a: 9007199254740993\n',
  'a: True\n',
  'a: ~\n',
  'a:\n',
  'a: 1\na: 2\n',
  '__proto__: 1\n',
  'null: 1\n',
  '1: x\n',
  'a: "\\x41"\n',
  'a: é\n',
  'a:\tb\n',
  'a: b \n',
  'a: b:\n',
  'a: b: c\n',
  'a\n',
  '',
  'a: 1\r\n',
  'a:\n    b: 1\n  c: 2\n',
  'a: 1\n  b: 2\n',
  '- a\nb: 1\n',
  `${'a'.repeat(2000)}: 1\n`,
  `a: "${'b'.repeat(10_000_000)}"\n`,
  `${Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')}${' '.repeat(300)}a: 1\n`,
];

test.each(notPlain.map((text) => ({ name: JSON.stringify(text).slice(0, 40), text })))(
  '$name is left to a parser of the whole language',
  ({ text }) => {
    expect(plainDocument(text)).toBeUndefined();
  },
);

describe('where it reads a document, a parser of the whole language reads the same', () => {
  const words = fc.constantFrom(
    ...['a', 'true', 'null', 'yes', 'No', '012', '1.20', '-1', '1e3', '0x1', '', ' ', 'a: b', 'a #b', '- a', '~', '.5'],
    ...[
      '{}',
      '[]',
      '"',
      "'",
      "it's",
      '\\',
      'x\ny',
      'x\n',
      '\nx',
      '|',
      '>',
      '&a',
      '*a',
      '!a',
      '%a',
      '@a',
      '`a',
      '---',
      '?',
    ],
    ...[
      '10.0.0.1',
      '2026-11-30',
      '1:30',
      'fd00::1',
      '__proto__',
      'Infinity',
      'NaN',
      'é',
      '\t',
      '0o7',
      '1_000',
      '-',
      ':',
    ],
  );
  const text = fc.oneof(words, fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 5 }));
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(text, tie('any'), { maxKeys: 4 }),
    ),
  })).any;

  test('of what snapshots are written from', () => {
    fc.assert(
      fc.property(fc.dictionary(text, value, { minKeys: 1, maxKeys: 5 }), (map) => {
        const written = stringify(map, { ...yamlStyle, aliasDuplicateObjects: false, lineWidth: 0 });
        const plain = plainDocument(written);
        if (plain !== undefined) expect(plain).toEqual(read(written));
      }),
      { numRuns: 1000 },
    );
  });

  test('of lines that others may write', () => {
    const piece = fc.oneof(
      words,
      fc.constantFrom('a: ', 'b: ', '- ', 'c:', '"a": ', "'a': ", '  ', ': ', ' #', '|', '|-', '"', ' '),
    );
    const line = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.array(piece, { maxLength: 4 }));
    const lines = fc.array(line, { minLength: 1, maxLength: 7 });
    let plain = 0;
    fc.assert(
      fc.property(lines, (all) => {
        const written = all.map(([indent, pieces]) => `${' '.repeat(indent)}${pieces.join('')}\n`).join('');
        const found = plainDocument(written);
        if (found === undefined) return;
        plain += 1;
        expect(found).toEqual(read(written));
      }),
      { numRuns: 20_000 },
    );
    expect(plain).toBeGreaterThan(10);
  });
});
