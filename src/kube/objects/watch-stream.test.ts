import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { handClock } from '../testing/hand-clock.ts';
import { maxLineLength, readLines } from './watch-stream.ts';

/** The lines of a body that comes in these pieces, and why it ended. */
async function read(pieces: Iterable<string>) {
  const body = Readable.from(
    (function* () {
      for (const piece of pieces) yield Buffer.from(piece);
    })(),
  );
  const lines = readLines(body, handClock());
  const types: string[] = [];
  for (;;) {
    const next = await lines.next();
    if (next.done === true) return { types, end: next.value, destroyed: body.destroyed };
    types.push(next.value.type);
  }
}

const line = (type: string): string => `${JSON.stringify({ type, object: {} })}\n`;

test('lines are read wherever the pieces of the response end', async () => {
  const text = ['A', 'B', 'C'].map(line).join('\n');
  for (const size of [1, 3, 7, text.length]) {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    expect(await read(pieces)).toMatchObject({ types: ['A', 'B', 'C'], end: 'Closed' });
  }
  expect(await read([line('A'), line('B').trimEnd()])).toMatchObject({ types: ['A'], end: 'Closed' });
  expect(await read([line('A'), 'no event\n'])).toMatchObject({ types: ['A'], end: 'Garbled' });
});

test('a line without an end is given up, and with it the response', async () => {
  const piece = 'x'.repeat(2 ** 16);
  let given = 0;
  function* endless(): Generator<string> {
    yield line('A');
    for (;;) {
      given += piece.length;
      yield piece;
    }
  }
  expect(await read(endless())).toEqual({ types: ['A'], end: 'TooLong', destroyed: true });
  expect(given).toBeLessThan(2 * maxLineLength);
});
