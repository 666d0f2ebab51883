import { createReadStream } from 'node:fs';
import { IsthmusError } from '../../../src/base/error.ts';

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

const blockSize = 512;
const readSize = 1 << 20;

/**
 * The entries as a POSIX (ustar) archive, uncompressed. Every time is 0 and every name numeric,
 * so equal entries give equal bytes on every machine.
 */
export async function* tarStream(entries: Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield tarHeader(entry);
    if (entry.kind === 'bytes') {
      yield entry.bytes;
      yield padding(entry.bytes.length);
    }
    if (entry.kind === 'file') {
      yield* fileChunks(entry.source, entry.size);
      yield padding(entry.size);
    }
  }
  yield new Uint8Array(2 * blockSize);
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

function padding(size: number): Uint8Array {
  return new Uint8Array((blockSize - (size % blockSize)) % blockSize);
}

/** One header block, after the layout of POSIX pax(1), "ustar Interchange Format". */
export function tarHeader(entry: TarEntry): Uint8Array {
  const block = Buffer.alloc(blockSize);
  const { prefix, name } = splitPath(entry.kind === 'directory' ? `${entry.path}/` : entry.path);
  block.write(name, 0, 100, 'utf8');
  block.write(octal(entry.kind === 'link' ? 0o777 : entry.mode, 7), 100, 'ascii');
  block.write(octal(entry.uid ?? 0, 7), 108, 'ascii');
  block.write(octal(entry.gid ?? 0, 7), 116, 'ascii');
  block.write(octal(contentSize(entry), 11), 124, 'ascii');
  block.write(octal(0, 11), 136, 'ascii');
  block.write(' '.repeat(8), 148, 'ascii');
  block.write(typeFlag(entry), 156, 'ascii');
  if (entry.kind === 'link') writeLinkTarget(block, entry.target);
  block.write('ustar\0', 257, 'ascii');
  block.write('00', 263, 'ascii');
  block.write(prefix, 345, 155, 'utf8');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}

function writeLinkTarget(block: Buffer, target: string): void {
  if (Buffer.byteLength(target) > 100) {
    throw new IsthmusError('internal', `link target too long for an archive: ${target}`);
  }
  block.write(target, 157, 100, 'utf8');
}

function contentSize(entry: TarEntry): number {
  if (entry.kind === 'bytes') return entry.bytes.length;
  return entry.kind === 'file' ? entry.size : 0;
}

function typeFlag(entry: TarEntry): string {
  if (entry.kind === 'directory') return '5';
  return entry.kind === 'link' ? '2' : '0';
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

/** A path of more than 100 bytes is cut at a slash: at most 155 bytes before it, at most 100 after it. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let cut = path.indexOf('/'); cut >= 0; cut = path.indexOf('/', cut + 1)) {
    const prefix = path.slice(0, cut);
    const name = path.slice(cut + 1);
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { prefix, name };
  }
  throw new IsthmusError('internal', `path too long for an archive: ${path}`);
}
