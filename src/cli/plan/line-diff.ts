/** A line of one of two texts or of both. */
export interface DiffLine {
  readonly side: 'Before' | 'After' | 'Both';
  readonly text: string;
}

/** Beyond so many pairs of lines the part that differs is given whole: it would not be read line by line anyway. */
const maxCells = 4_000_000;

/** Two texts as the lines that went, came and stayed: a longest common subsequence of their lines. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const limit = Math.min(before.length, after.length) - start;
  while (end < limit && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const old = before.slice(start, before.length - end);
  const now = after.slice(start, after.length - end);
  const middle = old.length * now.length > maxCells ? [...all(old, 'Before'), ...all(now, 'After')] : walk(old, now);
  return [...all(before.slice(0, start), 'Both'), ...middle, ...all(before.slice(before.length - end), 'Both')];
}

function all(lines: readonly string[], side: DiffLine['side']): readonly DiffLine[] {
  return lines.map((text) => ({ side, text }));
}

function walk(old: readonly string[], now: readonly string[]): readonly DiffLine[] {
  const common = commonLengths(old, now);
  const width = now.length + 1;
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [gone, come] = [old[i], now[j]];
    if (gone !== undefined && gone === come) {
      lines.push({ side: 'Both', text: gone });
      i += 1;
      j += 1;
    } else if (
      come === undefined ||
      (gone !== undefined && at(common, (i + 1) * width + j) >= at(common, i * width + j + 1))
    ) {
      lines.push({ side: 'Before', text: gone ?? '' });
      i += 1;
    } else {
      lines.push({ side: 'After', text: come });
      j += 1;
    }
  }
  return lines;
}

/** For each pair of positions, how many lines the rests of both texts have in common. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint32Array {
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        old[i] === now[j]
          ? at(common, (i + 1) * width + j + 1) + 1
          : Math.max(at(common, (i + 1) * width + j), at(common, i * width + j + 1));
    }
  }
  return common;
}

function at(values: Uint32Array, index: number): number {
  return values[index] ?? 0;
}
