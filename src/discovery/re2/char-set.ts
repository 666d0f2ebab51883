import { type CharSet, Refused } from './syntax.ts';

/** First and last code point, both included. */
export type Range = readonly [number, number];

function escaped(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}

/**
 * A set of characters as a class of JavaScript that sees one character at a time, with simple case folding as in RE2
 * where case is ignored. The body is made of numbers and of names that were checked.
 */
function classOf(body: string, ignoresCase: boolean): CharSet {
  const expression = new RegExp(`^[${body}]$`, ignoresCase ? 'iu' : 'u');
  return (character) => expression.test(character);
}

export function rangesSet(ranges: readonly Range[], ignoresCase: boolean): CharSet {
  if (ignoresCase) return classOf(ranges.map(([low, high]) => `${escaped(low)}-${escaped(high)}`).join(''), true);
  return (character) => {
    const point = character.codePointAt(0) ?? -1;
    return ranges.some(([low, high]) => point >= low && point <= high);
  };
}

export function characterSet(character: string, ignoresCase: boolean): CharSet {
  const point = character.codePointAt(0) ?? -1;
  return ignoresCase ? rangesSet([[point, point]], true) : (other) => other === character;
}

export const anyCharacter: CharSet = () => true;
export const anyButNewline: CharSet = (character) => character !== '\n';

export function unionSet(sets: readonly CharSet[]): CharSet {
  return (character) => sets.some((set) => set(character));
}

export function negated(set: CharSet): CharSet {
  return (character) => !set(character);
}

function rangesIn(...texts: readonly string[]): readonly Range[] {
  return texts.map((text) => [text.codePointAt(0) ?? 0, text.codePointAt(text.length - 1) ?? 0]);
}

const letters = rangesIn('AZ', 'az');
const digits = rangesIn('09');

/** \d, \s and \w are of ASCII alone, and \s has no vertical tab. */
const perl: Readonly<Record<string, readonly Range[]>> = {
  d: digits,
  s: rangesIn('\t\n', '\f\r', ' '),
  w: [...digits, ...letters, ...rangesIn('_')],
};

const posix = new Map<string, readonly Range[]>(
  Object.entries({
    alnum: [...digits, ...letters],
    alpha: letters,
    ascii: rangesIn('\0\x7f'),
    blank: rangesIn('\t', ' '),
    cntrl: rangesIn('\0\x1f', '\x7f'),
    digit: digits,
    graph: rangesIn('!~'),
    lower: rangesIn('az'),
    print: rangesIn(' ~'),
    punct: rangesIn('!/', ':@', '[`', '{~'),
    space: rangesIn('\t\r', ' '),
    upper: rangesIn('AZ'),
    word: [...digits, ...letters, ...rangesIn('_')],
    xdigit: [...digits, ...rangesIn('AF', 'af')],
  }),
);

/** The class of \d, \S and the like; undefined for another letter. */
export function perlSet(letter: string, ignoresCase: boolean): CharSet | undefined {
  const ranges = perl[letter.toLowerCase()];
  if (ranges === undefined) return undefined;
  const set = rangesSet(ranges, ignoresCase);
  return letter === letter.toLowerCase() ? set : negated(set);
}

/** The class of `[:alpha:]` or `[:^alpha:]`. */
export function posixSet(name: string, ignoresCase: boolean): CharSet {
  const ranges = posix.get(name.replace('^', ''));
  if (ranges === undefined) throw new Refused(`no class ${name}`);
  const set = rangesSet(ranges, ignoresCase);
  return name.startsWith('^') ? negated(set) : set;
}

const categories = /^(C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;
/** Scripts go by their long names; of four letters there are these, all others are abbreviations, which RE2 refuses. */
const shortScripts = new Set(['Ahom', 'Cham', 'Lisu', 'Miao', 'Modi', 'Newa', 'Thai', 'Toto']);

/** The class of \pN, \p{Greek} or \P{^Lu}. */
export function unicodeSet(name: string, sign: 'p' | 'P', ignoresCase: boolean): CharSet {
  const inverted = name.startsWith('^');
  const bare = inverted ? name.slice(1) : name;
  const set = bare === 'Any' ? anyCharacter : classOf(propertyOf(bare), ignoresCase);
  return (sign === 'P') === inverted ? set : negated(set);
}

function propertyOf(name: string): string {
  if (categories.test(name)) return `\\p{gc=${name}}`;
  const isLong = /^[A-Z][A-Za-z_]+$/.test(name) && (name.length !== 4 || shortScripts.has(name));
  const property = `\\p{sc=${name}}`;
  if (!isLong || !isKnown(property)) throw new Refused(`no class ${name}`);
  return property;
}

function isKnown(property: string): boolean {
  try {
    return new RegExp(property, 'u').source !== '';
  } catch {
    return false;
  }
}
