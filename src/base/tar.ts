import { IsthmusError } from './error.ts';

/** What a header of an archive says of an entry. Paths have no leading slash; owners are numbers, root where left out. */
export interface TarHead {
  readonly type: 'Directory' | 'File' | 'Link';
  readonly path: string;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Bytes of the content; left out, none. */
  readonly size?: number;
  /** What a link leads to. */
  readonly target?: string;
}

/** A file of an archive with all that is in it. */
export interface TarFile {
  readonly path: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}

const blockSize = 512;
const flags = { Directory: '5', File: '0', Link: '2' } as const;

/** Files as a POSIX (ustar) archive, uncompressed: equal files give equal bytes. */
export function tarOf(files: readonly TarFile[]): Uint8Array<ArrayBuffer> {
  const parts = [
    ...files.flatMap(({ path, mode, bytes }) => [
      tarHeader({ type: 'File', path, mode, size: bytes.length }),
      bytes,
      tarPadding(bytes.length),
    ]),
    tarEnd(),
  ];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What fills the last block of a content of that many bytes. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((blockSize - (size % blockSize)) % blockSize);
}

/** What an archive ends with. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * blockSize);
}

/**
 * One header block, after the layout of POSIX pax(1), "ustar Interchange Format". Every time is 0 and every name numeric.
 * Throws `internal` for a path or a target that no header can hold.
 */
export function tarHeader({ type, path, mode, uid = 0, gid = 0, size = 0, target }: TarHead): Uint8Array {
  const block = new Uint8Array(blockSize);
  const write = (text: string, at: number): void => block.set(encoded(text), at);
  const { prefix, name } = splitPath(type === 'Directory' ? `${path}/` : path);
  write(name, 0);
  write(octal(type === 'Link' ? 0o777 : mode, 7), 100);
  write(octal(uid, 7), 108);
  write(octal(gid, 7), 116);
  write(octal(size, 11), 124);
  write(octal(0, 11), 136);
  write(' '.repeat(8), 148);
  write(flags[type], 156);
  if (target !== undefined) write(fitting(target), 157);
  write('ustar\0', 257);
  write('00', 263);
  write(prefix, 345);
  const sum = block.reduce((all, byte) => all + byte, 0);
  write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function fitting(target: string): string {
  if (lengthOf(target) <= 100) return target;
  throw new IsthmusError('internal', `link target too long for an archive: ${target}`);
}

/** A path of more than 100 bytes is cut at a slash: at most 155 bytes before it, at most 100 after it. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } {
  if (lengthOf(path) <= 100) return { prefix: '', name: path };
  for (let cut = path.indexOf('/'); cut >= 0; cut = path.indexOf('/', cut + 1)) {
    const prefix = path.slice(0, cut);
    const name = path.slice(cut + 1);
    if (name !== '' && lengthOf(name) <= 100 && lengthOf(prefix) <= 155) return { prefix, name };
  }
  throw new IsthmusError('internal', `path too long for an archive: ${path}`);
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function lengthOf(text: string): number {
  return encoded(text).length;
}
