import { negated, perlSet, posixSet, type Range, rangesSet, unicodeSet, unionSet } from './char-set.ts';
import { type CharSet, type Cursor, type Flags, Refused } from './syntax.ts';

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
const lastCodePoint = 0x10ffff;

/** The code point of an escape that stands for one character; the backslash is taken already. */
export function escapedCharacter(cursor: Cursor): number {
  const hex = cursor.match(/^x(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2}))/, 12);
  if (hex !== undefined) {
    const point = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    if (point > lastCodePoint) throw new Refused('no such character');
    return point;
  }
  // A single digit that is not zero would refer back to a group, which RE2 has not.
  const octal = cursor.match(/^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/, 3);
  if (octal !== undefined) return Number.parseInt(octal[0], 8);
  const character = cursor.take();
  const control = controls[character];
  if (control !== undefined) return control;
  if (/^[!-/:-@[-`{-~ ]$/.test(character)) return character.charCodeAt(0);
  throw new Refused(`no escape \\${character}`);
}

/** A class of characters that an escape stands for: \d, \pL, \p{Greek}; undefined where another escape is next. */
export function escapedClass(cursor: Cursor, { i }: Flags): CharSet | undefined {
  if (cursor.peek() !== '\\') return undefined;
  const unicode = cursor.match(/^\\([pP])(?:\{([^}]*)\}|(.))/su, 40);
  if (unicode !== undefined) {
    const [, sign, long, short = ''] = unicode;
    return unicodeSet(long ?? short, sign === 'P' ? 'P' : 'p', i);
  }
  const set = perlSet(cursor.peek(1), i);
  if (set !== undefined) cursor.match(/^../su, 2);
  return set;
}

/** A class in brackets; the first bracket is taken already. */
export function bracketClass(cursor: Cursor, flags: Flags): CharSet {
  const isNegative = cursor.takes('^');
  const ranges: Range[] = [];
  const sets: CharSet[] = [];
  // A bracket that closes right away is a character of the class.
  for (let first = true; first || cursor.peek() !== ']'; first = false) {
    const named = cursor.match(/^\[:(\^?[a-z]*):\]/, 16);
    const set = named === undefined ? escapedClass(cursor, flags) : posixSet(named[1] ?? '', flags.i);
    if (set === undefined) ranges.push(rangeOf(cursor));
    else sets.push(set);
  }
  cursor.take();
  const all = unionSet(ranges.length === 0 ? sets : [...sets, rangesSet(ranges, flags.i)]);
  return isNegative ? negated(all) : all;
}

function rangeOf(cursor: Cursor): Range {
  if (cursor.match(/^\[:[^\]]*:\]/, 32) !== undefined) throw new Refused('no such class');
  const low = classCharacter(cursor);
  if (cursor.peek() !== '-' || cursor.peek(1) === ']' || cursor.peek(1) === '') return [low, low];
  cursor.take();
  const high = classCharacter(cursor);
  if (high < low) throw new Refused('a range that ends before it begins');
  return [low, high];
}

function classCharacter(cursor: Cursor): number {
  return cursor.takes('\\') ? escapedCharacter(cursor) : (cursor.take().codePointAt(0) ?? 0);
}
