import { createReadStream } from 'node:fs';
import { IsthmusError } from '../../../src/base/error.ts';
import { tarEnd, tarHeader, tarPadding } from '../../../src/base/tar.ts';

/** Who a file belongs to in an image; left out: root. */
export interface Owned {
  readonly uid?: number;
  readonly gid?: number;
}

/** One entry of an archive. Paths have no leading slash. */
export type TarEntry = Owned &
  (
    | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
    | { readonly kind: 'link'; readonly path: string; readonly target: string }
    | { readonly kind: 'bytes'; readonly path: string; readonly mode: number; readonly bytes: Uint8Array }
    /** `size` is what the header promises; a file that has another size by the time it is read is an error. */
    | {
        readonly kind: 'file';
        readonly path: string;
        readonly mode: number;
        readonly source: string;
        readonly size: number;
      }
  );

const readSize = 1 << 20;

/**
 * The entries as a POSIX (ustar) archive, uncompressed. Every time is 0 and every name numeric,
 * so equal entries give equal bytes on every machine.
 */
export async function* tarStream(entries: Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield headerOf(entry);
    if (entry.kind === 'bytes') {
      yield entry.bytes;
      yield tarPadding(entry.bytes.length);
    }
    if (entry.kind === 'file') {
      yield* fileChunks(entry.source, entry.size);
      yield tarPadding(entry.size);
    }
  }
  yield tarEnd();
}

async function* fileChunks(source: string, size: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of createReadStream(source, { highWaterMark: readSize })) {
    const bytes = chunk as Buffer;
    read += bytes.length;
    yield bytes;
  }
  if (read !== size) {
    throw new IsthmusError('file-unreadable', `${source} changed while it was archived (${size}, then ${read} bytes)`);
  }
}

/** The header of an entry. */
export function headerOf(entry: TarEntry): Uint8Array {
  const { path } = entry;
  if (entry.kind === 'link')
    return tarHeader({ ...ownerOf(entry), type: 'Link', path, mode: 0o777, target: entry.target });
  const { mode } = entry;
  if (entry.kind === 'directory') return tarHeader({ ...ownerOf(entry), type: 'Directory', path, mode });
  return tarHeader({ ...ownerOf(entry), type: 'File', path, mode, size: sizeOf(entry) });
}

function ownerOf({ uid = 0, gid = 0 }: Owned): Required<Owned> {
  return { uid, gid };
}

function sizeOf(entry: Extract<TarEntry, { kind: 'bytes' | 'file' }>): number {
  return entry.kind === 'bytes' ? entry.bytes.length : entry.size;
}
