import fc from 'fast-check';

/** No word of any language, and as long as a line of PEM: no error may repeat a piece of it. */
export const canary = 'Qk7rXw2Zc9LfTb4Ym1VhJd8Ns5GaPu3Ke6HoRi0CxBqWzEyMtDlSgUvFjOnIpA'.padEnd(96, 'x9Kq2');

/** Whether a text repeats a piece of the canary that would be of use to anybody. */
export function repeats(text: string, pieceLength: number): boolean {
  for (let at = 0; at + pieceLength <= canary.length; at += 1) {
    if (text.includes(canary.slice(at, at + pieceLength))) return true;
  }
  return false;
}

const signs = [
  ...['\n', '\t', '"', "'", '{', '}', '[', ']', ': ', '- ', '&a ', '*a', '|\n', '---\n', '!!binary ', '\u0000'],
  ...['\uD800', '\u202E', '<<: *a', '%', '\u001b]52;c;eA==\u0007', '\r\n', '=', ';', ',', '9'.repeat(400)],
];

/** What people and half-finished programs do to a text. */
export const deeds = fc.array(
  fc.record({
    deed: fc.constantFrom('cut', 'replace', 'insert', 'repeatLine', 'dropLine', 'swapLines'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    text: fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom(...signs)),
  }),
  { minLength: 1, maxLength: 4 },
);

export type Deeds = typeof deeds extends fc.Arbitrary<infer T> ? T : never;

export function mutated(original: string, list: Deeds): string {
  return list.reduce((whole, { deed, at, text }) => {
    const place = Math.floor(at * whole.length);
    const lines = whole.split('\n');
    const line = Math.floor(at * (lines.length - 1));
    switch (deed) {
      case 'cut':
        return whole.slice(0, place);
      case 'replace':
        return whole.slice(0, place) + text + whole.slice(place + text.length);
      case 'insert':
        return whole.slice(0, place) + text + whole.slice(place);
      case 'repeatLine':
        return lines.toSpliced(line, 0, lines[line] ?? '').join('\n');
      case 'dropLine':
        return lines.toSpliced(line, 1).join('\n');
      default:
        return lines.toSpliced(line, 2, lines[line + 1] ?? '', lines[line] ?? '').join('\n');
    }
  }, original);
}

/** What somebody who knows the form puts in the place of a value, as JSON text. */
const replacements = [
  ...['null', 'true', '0', '-1', '1e308', '1e999', '""', '[]', '{}', '[null]', '{"":null}', '"\\u0000"', '"-1"', '"*"'],
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '["__proto__"]', '"__proto__"'],
  ...['"\\ud800"', '"\\u001b]52;c;eA==\\u0007"', `"${'a'.repeat(70_000)}"`, '"(a+)+$"', '"2026-99-99T99:99:99Z"'],
  `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
  `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`,
  `[${Array.from({ length: 3_000 }, () => '{"name":"a"}').join(',')}]`,
];

/** Values of a JSON document that are replaced by others. */
export const swaps = fc.array(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), by: fc.constantFrom(...replacements) }),
  { minLength: 1, maxLength: 3 },
);

export type Swaps = typeof swaps extends fc.Arbitrary<infer T> ? T : never;

/** The document with values replaced, each chosen among all that it has. */
export function swapped(original: string, list: Swaps): string {
  const places: { at: number; by: string }[] = [];
  const count = countOf(JSON.parse(original));
  for (const { at, by } of list) places.push({ at: Math.floor(at * (count - 1)), by });
  let seen = -1;
  const write = (value: unknown): string => {
    seen += 1;
    const replaced = places.find(({ at }) => at === seen);
    if (replaced !== undefined) return replaced.by;
    if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    return `{${Object.entries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}:${write(inner)}`)
      .join(',')}}`;
  };
  return write(JSON.parse(original));
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + countOf(inner), 1);
}
