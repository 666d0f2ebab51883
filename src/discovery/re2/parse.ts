import { bracketClass, escapedCharacter, escapedClass } from './bracket.ts';
import { anyButNewline, anyCharacter, characterSet } from './char-set.ts';
import { type CharSet, Cursor, type Flag, type Flags, maxDepth, maxRepeat, type Node, Refused } from './syntax.ts';

/** A group that is open: its finished alternatives, the one that is being read, and the flags around it. */
interface Group {
  readonly alternatives: Node[];
  sequence: Node[];
  readonly outer: Flags;
}

interface Reading {
  readonly cursor: Cursor;
  /** The innermost is the last; the first is the pattern itself. */
  readonly groups: Group[];
  flags: Flags;
}

const noFlags: Flags = { i: false, m: false, s: false, U: false };

/** A pattern as RE2 reads it (https://github.com/google/re2/wiki/Syntax, Perl's syntax). Throws `Refused` where RE2 refuses it. */
export function parse(pattern: string): Node {
  const first: Group = { alternatives: [], sequence: [], outer: noFlags };
  const reading: Reading = { cursor: new Cursor(pattern), groups: [first], flags: noFlags };
  while (!reading.cursor.done) readNext(reading);
  if (reading.groups.length > 1) throw new Refused('a group is not closed');
  return closed(first);
}

function readNext(reading: Reading): void {
  const { cursor } = reading;
  const group = innermost(reading);
  if (cursor.takes('(')) openGroup(reading);
  else if (cursor.takes(')')) closeGroup(reading);
  else if (cursor.takes('|')) endAlternative(group);
  else if (cursor.takes('\\Q')) group.sequence.push(...quoted(reading));
  else if (!repeatsLast(cursor, group)) group.sequence.push(atom(reading));
}

function innermost({ groups }: Reading): Group {
  const group = groups.at(-1);
  if (group === undefined) throw new Refused('a parenthesis closes nothing');
  return group;
}

function openGroup(reading: Reading): void {
  const { cursor, flags } = reading;
  const changed = cursor.match(/^\?([imsU]*)(?:-([imsU]+))?([:)])/, 64);
  if (changed === undefined && cursor.takes('?')) takeName(cursor);
  if (changed?.[3] !== ')') pushGroup(reading);
  const [, on = '', off = ''] = changed ?? [];
  reading.flags = { ...flags, ...switched(on, true), ...switched(off, false) };
}

function pushGroup({ groups, flags }: Reading): void {
  if (groups.length > maxDepth) throw new Refused('groups are nested too deeply');
  groups.push({ alternatives: [], sequence: [], outer: flags });
}

/** A name makes no difference; two groups may have the same one. */
function takeName(cursor: Cursor): void {
  if (cursor.match(/^P?<\w+>/, 1000) === undefined) throw new Refused('no such group');
}

function switched(letters: string, value: boolean): Partial<Flags> {
  return Object.fromEntries(Array.from(letters, (letter) => [letter as Flag, value]));
}

function closeGroup(reading: Reading): void {
  const group = reading.groups.pop();
  if (group === undefined) return;
  reading.flags = group.outer;
  innermost(reading).sequence.push(closed(group));
}

function endAlternative(group: Group): void {
  group.alternatives.push(list('Sequence', group.sequence));
  group.sequence = [];
}

function closed(group: Group): Node {
  endAlternative(group);
  return list('Choice', group.alternatives);
}

function list(type: 'Sequence' | 'Choice', items: readonly Node[]): Node {
  const [only] = items;
  if (items.length === 1 && only !== undefined) return only;
  return { type, items, copies: items.reduce((most, { copies }) => Math.max(most, copies), 1) };
}

/** \Q...\E: every character stands for itself. Without an end it goes on to that of the pattern. */
function quoted({ cursor, flags }: Reading): readonly Node[] {
  const nodes: Node[] = [];
  while (!cursor.done && !cursor.takes('\\E')) nodes.push(character(characterSet(cursor.take(), flags.i)));
  return nodes;
}

/** Takes a repetition and lays it around what was read last; false where none is next. */
function repeatsLast(cursor: Cursor, { sequence }: Group): boolean {
  const counts = repetition(cursor);
  if (counts === undefined) return false;
  // Not greedy: no difference to a whole text.
  cursor.takes('?');
  if (repetition(cursor) !== undefined) throw new Refused('a repetition of a repetition');
  const item = sequence.pop();
  if (item === undefined) throw new Refused('a repetition of nothing');
  const { min, max, isCounted } = counts;
  const copies = item.copies * (isCounted ? Math.max(1, max === Infinity ? min : max) : 1);
  if (copies > maxRepeat) throw new Refused('too many repetitions');
  sequence.push({ type: 'Repeat', item, min, max, copies });
  return true;
}

interface Counts {
  readonly min: number;
  readonly max: number;
  readonly isCounted: boolean;
}

function repetition(cursor: Cursor): Counts | undefined {
  if (cursor.takes('*')) return { min: 0, max: Infinity, isCounted: false };
  if (cursor.takes('+')) return { min: 1, max: Infinity, isCounted: false };
  if (cursor.takes('?')) return { min: 0, max: 1, isCounted: false };
  // Braces that are no counts are characters.
  const counted = cursor.peek() === '{' ? cursor.match(/^\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/, 64) : undefined;
  if (counted === undefined) return undefined;
  const min = Number(counted[1]);
  const open = counted[2] === undefined ? min : Infinity;
  const max = counted[3] === undefined ? open : Number(counted[3]);
  if (min > maxRepeat || (max !== Infinity && max > maxRepeat) || max < min) throw new Refused('no such count');
  return { min, max, isCounted: true };
}

function character(set: CharSet): Node {
  return { type: 'Character', set, copies: 1 };
}

function atom({ cursor, flags }: Reading): Node {
  const set = escapedClass(cursor, flags);
  if (set !== undefined) return character(set);
  const next = cursor.take();
  switch (next) {
    case '.':
      return character(flags.s ? anyCharacter : anyButNewline);
    case '[':
      return character(bracketClass(cursor, flags));
    case '^':
      return { type: 'Position', at: flags.m ? 'LineStart' : 'TextStart', copies: 1 };
    case '$':
      return { type: 'Position', at: flags.m ? 'LineEnd' : 'TextEnd', copies: 1 };
    case '\\':
      return escaped(cursor, flags);
    default:
      return character(characterSet(next, flags.i));
  }
}

function escaped(cursor: Cursor, flags: Flags): Node {
  if (cursor.takes('A')) return { type: 'Position', at: 'TextStart', copies: 1 };
  if (cursor.takes('z')) return { type: 'Position', at: 'TextEnd', copies: 1 };
  if (cursor.takes('b')) return { type: 'Position', at: 'WordBoundary', copies: 1 };
  if (cursor.takes('B')) return { type: 'Position', at: 'NoWordBoundary', copies: 1 };
  return character(characterSet(String.fromCodePoint(escapedCharacter(cursor)), flags.i));
}
