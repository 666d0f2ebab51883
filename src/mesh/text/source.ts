import type { Position } from '../../base/finding.ts';

/** A file's text with an index of its lines. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** The offset of each line's first character. */
  readonly lineStarts: readonly number[];
}

/** Half-open range of offsets in a text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The index of the line that holds an offset: the last line that starts at or before it. */
function lineIndexAt(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The number of the line, from 1, that holds an offset. */
export function lineNumberAt(source: SourceText, offset: number): number {
  return lineIndexAt(source.lineStarts, offset) + 1;
}

/** A place as people read it. A place over several lines is cut at the end of its first; an empty one is one wide. */
export function positionAt(source: SourceText, place: Place): Position {
  const start = Math.min(Math.max(place.start, 0), source.text.length);
  const index = lineIndexAt(source.lineStarts, start);
  const lineStart = source.lineStarts[index] ?? 0;
  const lineEnd = (source.lineStarts[index + 1] ?? source.text.length + 1) - 1;
  const text = source.text.slice(lineStart, lineEnd).replace(/\r$/, '');
  const column = Math.min(start - lineStart, text.length);
  const length = Math.max(1, Math.min(place.end - lineStart, text.length) - column);
  return { file: source.file, line: index + 1, column: column + 1, length, text };
}
