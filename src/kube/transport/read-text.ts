import type { Readable } from 'node:stream';

/** The largest answer that is read, in bytes: an object has three megabytes at most, and lists come in pages. */
export const maxAnswerBytes = 64 * 1024 * 1024;

/** An answer that has no end, or none that could be kept in memory. */
export class TooLarge extends Error {}

/** The whole body as text; `TooLarge` as soon as it has more than so many bytes. */
export async function readText(body: Readable, limit: number = maxAnswerBytes): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop destroys the body, and with it the connection.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) throw new TooLarge(`more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
