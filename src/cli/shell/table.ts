import { wrapped } from './wrap.ts';

export interface TableOptions {
  /** Columns of the terminal that the lines may take; default 80. */
  readonly width?: number;
  /** Marks a cell that is padded already, such as with a colour. */
  readonly style?: (cell: string, place: { readonly row: number; readonly column: number }) => string;
}

/** The columns that every terminal has. */
const usual = 80;
const gap = 2;
/** A column that gives way keeps this many characters, or as many as its title has. */
const least = 8;
const longestTitle = 13;
/** Where a cell begins that does not fit from its column on, and what is below one in the first column. */
const indent = 4;
/** Begins each further line of a row, so that no text in a cell, which others may have written, passes for a line of ours. */
const continued = '│';
const margin = `${continued} `;

/**
 * Rows as columns two spaces apart. Where they do not fit, the longest columns give way: sentences are broken between
 * words, and a name that is too long stands whole at the end of its line, with the rest of its row below. Cells hold no
 * colour codes.
 */
export function table(rows: readonly (readonly string[])[], { width = usual, style }: TableOptions = {}): string {
  const widths = widthsOf(rows, width);
  const starts = widths.map((_, column) => sum(widths.slice(0, column)) + gap * column);
  return rows
    .flatMap((row, index) => {
      const paint = style === undefined ? plain : (cell: string, column: number) => style(cell, { row: index, column });
      return linesOf(row, { widths, starts, width, paint });
    })
    .join('\n');
}

/**
 * A table with a column or more for each of any number of things, such as clusters: the columns after the first in
 * groups, as many of them side by side as fit, and the first column again before each further part, which is marked.
 */
export function tablesOf(rows: readonly (readonly string[])[], group = 1, width = usual): string {
  const count = Math.max(...rows.map(({ length }) => length), 0);
  const parts: number[][] = [[]];
  for (let column = 1; column < count; column += group) {
    const columns = Array.from({ length: Math.min(group, count - column) }, (_, index) => column + index);
    const part = parts.at(-1) ?? [];
    const room = parts.length === 1 ? width : width - margin.length;
    if (part.length > 0 && naturalWidth(rows, [0, ...part, ...columns]) > room) parts.push(columns);
    else part.push(...columns);
  }
  const [first = '', ...others] = parts.map((part, index) => {
    const chosen = rows.map((row) => [0, ...part].map((column) => row[column] ?? ''));
    return table(chosen, { width: index === 0 ? width : width - margin.length });
  });
  return [first, ...others.map((text) => `${continued}\n${text.replaceAll(/^/gm, margin)}`)].join('\n');
}

function naturalWidth(rows: readonly (readonly string[])[], columns: readonly number[]): number {
  return sum(columns.map((column) => longest(rows, column))) + gap * (columns.length - 1);
}

/** The widths with which all columns fit; columns are narrower than their titles only where there are very many. */
function widthsOf(rows: readonly (readonly string[])[], width: number): readonly number[] {
  const count = Math.max(...rows.map(({ length }) => length), 0);
  const natural = Array.from({ length: count }, (_, column) => longest(rows, column));
  const room = width - gap * (count - 1);
  if (sum(natural) <= room) return natural;
  const titles = natural.map((own, column) => Math.min(own, rows[0]?.[column]?.length ?? 0, longestTitle));
  const comfortable = natural.map((own, column) => Math.min(own, Math.max(least, titles[column] ?? 0)));
  const floors = [comfortable, titles].find((some) => sum(some) <= room) ?? [];
  return narrowed(natural, floors, room).map((own, column) =>
    Math.max(...rows.map((row) => wholeWidth(row[column] ?? '', own, column)), Math.min(own, 1)),
  );
}

/** Takes from the widest column, the last of them, until all fit. */
function narrowed(natural: readonly number[], floors: readonly number[], room: number): readonly number[] {
  const widths = [...natural];
  for (let over = sum(widths) - room; over > 0; over -= 1) {
    const spare = widths.map((own, column) => (own > (floors[column] ?? 1) ? own : 0));
    const most = Math.max(...spare);
    if (most === 0) break;
    widths[spare.lastIndexOf(most)] = most - 1;
  }
  return widths;
}

/** What a cell takes of its column; nothing where one of its words does not fit. */
function wholeWidth(cell: string, own: number, column: number): number {
  return isWhole(cell, own, column) ? Math.max(...wrappedIn(cell, own).map(({ length }) => length)) : 0;
}

/** A cell that fits is left as it is, with the spaces that it begins with. */
function wrappedIn(cell: string, own: number): readonly string[] {
  return cell.length <= own ? [cell] : wrapped(cell, own);
}

/** Whether a cell stays within its column; one in the first has no second line there. */
function isWhole(cell: string, own: number, column: number): boolean {
  return column === 0 ? cell.length <= own : cell.split(' ').every((word) => word.length <= own);
}

interface Layout {
  readonly widths: readonly number[];
  readonly starts: readonly number[];
  readonly width: number;
  readonly paint: (cell: string, column: number) => string;
}

interface Line {
  text: string;
  /** Of what is seen: colour codes do not count. */
  length: number;
}

/** The lines of a row: each cell in its column, below what stands there already where one before it needed more room. */
function linesOf(row: readonly string[], layout: Layout): readonly string[] {
  const lines: Line[] = [{ text: '', length: 0 }];
  const below = (): number => lines.push({ text: continued, length: continued.length }) - 1;
  let first = 0;
  const last = row.findLastIndex((cell) => cell !== '');
  for (const [column, cell] of row.entries()) {
    const { at, parts, isLong } = placed(cell, { column, isLast: column === last }, layout);
    if (parts.length > 0 && at < (lines[first]?.length ?? 0)) first = below();
    for (const [offset, part] of parts.entries()) {
      if (first + offset === lines.length) below();
      const from = offset === 0 ? at : Math.max(at, indent);
      append(lines[first + offset], from, { length: part.length, text: layout.paint(part, column) });
    }
    if (isLong) first = below();
  }
  return lines.map(({ text }) => text.trimEnd()).filter((text, index) => text !== continued || index === 0);
}

function append(line: Line | undefined, at: number, { text, length }: Line): void {
  if (line === undefined) return;
  line.text += `${' '.repeat(at - line.length)}${text}`;
  line.length = at + length;
}

/** Where a cell begins and in which parts it is written: in its column, or as a long one that takes the rest of its line. */
function placed(
  cell: string,
  { column, isLast }: { readonly column: number; readonly isLast: boolean },
  { widths, starts, width }: Layout,
): { readonly at: number; readonly parts: readonly string[]; readonly isLong: boolean } {
  const own = widths[column] ?? 0;
  const start = starts[column] ?? 0;
  if (isWhole(cell, own, column)) {
    const parts = cell === '' ? [] : wrappedIn(cell, own).map((part) => (isLast ? part : part.padEnd(own)));
    return { at: start, parts, isLong: false };
  }
  const most = Math.max(...cell.split(' ').map(({ length }) => length));
  const at = column === 0 || start + most <= width ? start : indent;
  // A name as a whole rather than below its first part.
  const room = width - (cell.length <= width - at ? at : Math.max(at, indent));
  return { at, parts: wrapped(breakable(cell, room), room), isLong: true };
}

/** The text with spaces in words that no line holds, after what separates parts of a name where there is any. */
function breakable(text: string, width: number): string {
  return text
    .split(' ')
    .flatMap((word) => piecesOf(word, width))
    .join(' ');
}

function piecesOf(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  const head = word.slice(0, width);
  const separator = Math.max(...['/', '.', ':', '-', ',', '_'].map((one) => head.lastIndexOf(one)));
  const end = separator > 0 ? separator + 1 : width;
  return [word.slice(0, end), ...piecesOf(word.slice(end), width)];
}

function longest(rows: readonly (readonly string[])[], column: number): number {
  return Math.max(...rows.map((row) => row[column]?.length ?? 0), 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function plain(cell: string): string {
  return cell;
}
