import type { Json } from '../base/json.ts';

/**
 * YAML of the form in which snapshots are written: maps and lists in block style, a scalar on each line. It takes a small
 * part of the time that a parser of the whole language needs. Whatever it does not know for certain is not plain.
 */

/** Objects of Kubernetes stay far below. */
const mostLevels = 40;
/** YAML ends a key at 1024 characters. */
const longestKey = 256;
/** Far from where an expression below would exhaust its stack. */
const longestLine = 100_000;

const printable = /^[\n -~]*$/;
const entry = /^([A-Za-z0-9_/][A-Za-z0-9_./-]*|"(?:[^"\\]|\\["\\/bfnrt])*"|'(?:[^']|'')*'):(?: (.+))?$/;
const quoted = /^(?:"(?:[^"\\]|\\["\\/bfnrt])*"|'(?:[^']|'')*')$/;
const wholeNumber = /^(?:0|-?[1-9][0-9]{0,14})$/;

/** The lines of a document, and the one that is read next. */
interface Cursor {
  readonly lines: string[];
  at: number;
}

/** The value of a document; undefined where it is not plain. */
export function plainDocument(text: string): Json | undefined {
  if (!printable.test(text)) return undefined;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.some(({ length }) => length > longestLine)) return undefined;
  const cursor = { lines, at: 0 };
  const value = blockAt(cursor, 0);
  return cursor.at === lines.length ? value : undefined;
}

/** Of the line that is read next; -1 behind the last one. */
function indentOf({ lines, at }: Cursor): number {
  const line = lines[at];
  if (line === undefined) return -1;
  let indent = 0;
  while (line[indent] === ' ') indent += 1;
  return indent;
}

function isItem(line: string | undefined, indent: number): boolean {
  return line?.[indent] === '-' && line[indent + 1] === ' ';
}

function blockAt(cursor: Cursor, level: number): Json | undefined {
  if (level > mostLevels) return undefined;
  const indent = indentOf(cursor);
  return isItem(cursor.lines[cursor.at], indent) ? listAt(cursor, indent, level) : mapAt(cursor, indent, level);
}

function mapAt(cursor: Cursor, indent: number, level: number): Json | undefined {
  const map: Record<string, Json> = {};
  while (indentOf(cursor) === indent && !isItem(cursor.lines[cursor.at], indent)) {
    const [, written = '', rest] = entry.exec(cursor.lines[cursor.at]?.slice(indent) ?? '') ?? [];
    const key = keyOf(written);
    if (key === undefined || Object.hasOwn(map, key)) return undefined;
    cursor.at += 1;
    const value = rest === undefined ? belowKey(cursor, indent, level) : lineValue(cursor, rest, indent);
    if (value === undefined) return undefined;
    map[key] = value;
  }
  return indentOf(cursor) > indent ? undefined : map;
}

function keyOf(written: string): string | undefined {
  if (written.length > longestKey || written === '') return undefined;
  const key = scalarOf(written);
  return typeof key === 'string' && key !== '__proto__' ? key : undefined;
}

/** A list may stand as far to the right as the key that it belongs to. */
function belowKey(cursor: Cursor, indent: number, level: number): Json | undefined {
  const next = indentOf(cursor);
  if (next > indent) return blockAt(cursor, level + 1);
  return next === indent && isItem(cursor.lines[cursor.at], indent) ? listAt(cursor, indent, level + 1) : undefined;
}

function listAt(cursor: Cursor, indent: number, level: number): Json | undefined {
  const list: Json[] = [];
  while (indentOf(cursor) === indent && isItem(cursor.lines[cursor.at], indent)) {
    const rest = cursor.lines[cursor.at]?.slice(indent + 2) ?? '';
    const value =
      isItem(rest, 0) || entry.test(rest) ? insideItem(cursor, indent + 2, level) : nextValue(cursor, rest, indent);
    if (value === undefined) return undefined;
    list.push(value);
  }
  return indentOf(cursor) > indent ? undefined : list;
}

/** The first line of what is in an item begins behind its dash. */
function insideItem(cursor: Cursor, indent: number, level: number): Json | undefined {
  cursor.lines[cursor.at] = `${' '.repeat(indent)}${cursor.lines[cursor.at]?.slice(indent) ?? ''}`;
  return blockAt(cursor, level + 1);
}

function nextValue(cursor: Cursor, rest: string, indent: number): Json | undefined {
  cursor.at += 1;
  return lineValue(cursor, rest, indent);
}

/** What stands on the line of a key or dash, or as a text on the lines below. */
function lineValue(cursor: Cursor, rest: string, indent: number): Json | undefined {
  if (rest === '|' || rest === '|-') return textAt(cursor, indent, rest === '|' ? '\n' : '');
  return scalarOf(rest);
}

/** A text of several lines, the first and the last of which are not empty. */
function textAt(cursor: Cursor, parent: number, end: string): string | undefined {
  const indent = indentOf(cursor);
  if (indent <= parent) return undefined;
  const found: string[] = [];
  for (let line = cursor.lines[cursor.at]; line !== undefined; line = cursor.lines[cursor.at]) {
    const own = indentOf(cursor);
    if (own === line.length && line !== '') return undefined;
    if (line !== '' && own < indent) break;
    found.push(line.slice(indent));
    cursor.at += 1;
  }
  if (found[0] === '' || found.at(-1) === '' || indentOf(cursor) > parent) return undefined;
  return `${found.join('\n')}${end}`;
}

function scalarOf(text: string): Json | undefined {
  switch (text) {
    case '{}':
      return {};
    case '[]':
      return [];
    case 'true':
    case 'false':
      return text === 'true';
    case 'null':
      return null;
    default:
      return quoted.test(text) ? unquoted(text) : bareOf(text);
  }
}

/** The escapes that are let through mean the same in JSON. */
function unquoted(text: string): string {
  return text.startsWith('"') ? String(JSON.parse(text)) : text.slice(1, -1).replaceAll("''", "'");
}

/** A number in the one form in which it is written, or a text that is none in any form. */
function bareOf(text: string): string | number | undefined {
  if (wholeNumber.test(text)) return Number(text);
  if (!/^[A-Za-z0-9_/]/.test(text) || /: |:$| #| $/.test(text)) return undefined;
  if (/^(?:true|false|null)$/i.test(text)) return undefined;
  return /^[0-9]/.test(text) && !Number.isNaN(Number(text)) ? undefined : text;
}
