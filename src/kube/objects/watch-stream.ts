import type { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { isJsonObject, type JsonObject, valueAt } from '../../base/json.ts';
import { parseJson } from '../../base/parse-json.ts';

/** One line of a watch response (meta/v1 WatchEvent). */
export interface WatchLine {
  readonly type: string;
  readonly object: JsonObject;
}

/**
 * Why a watch response ended: the server closed it (it does so after timeoutSeconds, that is normal), the connection
 * broke, nothing came for the idle limit, a line was not a watch event, or it was longer than any.
 */
export type WatchEnd = 'Closed' | 'Broken' | 'Idle' | 'Garbled' | 'TooLong';

/** API servers send a bookmark about every minute, so a connection that is silent for longer than this is dead. */
export const idleLimitMs = 90_000;

/** The longest line that is read, in characters: an object has three megabytes at most. */
export const maxLineLength = 16 * 1024 * 1024;

/** The lines of a watch response as they come. The part of a line at the end of a cut response is dropped. */
export async function* readLines(
  body: Readable,
  clock: Clock,
  limitMs: number = idleLimitMs,
): AsyncGenerator<WatchLine, WatchEnd> {
  const decoder = new TextDecoder();
  const ended = lineSplitter();
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const chunk = await nextChunk(chunks, clock, limitMs);
      if (typeof chunk === 'string') return chunk;
      const lines = ended(decoder.decode(chunk, { stream: true }));
      if (lines === undefined) return 'TooLong';
      for (const line of lines) {
        if (line === '') continue;
        const parsed = asWatchLine(line);
        if (parsed === undefined) return 'Garbled';
        yield parsed;
      }
    }
  } finally {
    body.on('error', () => undefined);
    body.destroy();
  }
}

/**
 * Takes a text piece by piece and gives the lines that have ended; undefined where one is too long. The pieces of a line
 * are joined once, when its end is there.
 */
function lineSplitter(): (text: string) => readonly string[] | undefined {
  let pieces: string[] = [];
  let length = 0;
  return (text) => {
    const [first = '', ...others] = text.split('\n');
    pieces.push(first);
    length += first.length;
    if (length > maxLineLength) return undefined;
    const rest = others.pop();
    if (rest === undefined) return [];
    const lines = [pieces.join(''), ...others];
    pieces = [rest];
    length = rest.length;
    return lines;
  };
}

async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
  clock: Clock,
  limitMs: number,
): Promise<Uint8Array | WatchEnd> {
  const arrived = new AbortController();
  const idle = clock.sleep(limitMs, arrived.signal).then(
    (): WatchEnd => 'Idle',
    (): WatchEnd => 'Broken',
  );
  const chunk = chunks.next().then(
    (result): Uint8Array | WatchEnd => (result.done === true ? 'Closed' : result.value),
    (): WatchEnd => 'Broken',
  );
  const first = await Promise.race([chunk, idle]);
  arrived.abort();
  return first;
}

function asWatchLine(line: string): WatchLine | undefined {
  const value = parseJson(line);
  if (!isJsonObject(value) || typeof value.type !== 'string' || !isJsonObject(value.object)) return undefined;
  return { type: value.type, object: value.object };
}

/** The resource version of an event's object (bookmarks carry nothing else). */
export function resourceVersionOf(object: JsonObject): string | undefined {
  const version = valueAt(object, ['metadata', 'resourceVersion']);
  return typeof version === 'string' ? version : undefined;
}
