import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TarEntry, tarStream } from '../../lab/src/images/tar.ts';

/** A file of an archive: its path there, and the file of this machine or its text. */
export type Packed = { readonly path: string; readonly mode?: number } & (
  | { readonly source: string }
  | { readonly text: string }
);

/** Writes the files as a compressed archive without times and names of users, so that equal files give equal bytes. */
export async function writeArchive(file: string, folder: string, packed: readonly Packed[]): Promise<void> {
  const entries = await Promise.all(
    packed.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map(async (one) => await entryOf(folder, one)),
  );
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarStream(entries)) chunks.push(chunk);
  await writeFile(file, gzipSync(Buffer.concat(chunks), { level: 6 }));
}

async function entryOf(folder: string, one: Packed): Promise<TarEntry> {
  const bytes = 'text' in one ? Buffer.from(one.text) : await readFile(one.source);
  return { kind: 'bytes', path: join(folder, one.path), mode: one.mode ?? 0o644, bytes };
}
