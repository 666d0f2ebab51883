import { Buffer } from 'node:buffer';
import { resolve } from 'node:path';
import { IsthmusError } from '../../base/error.ts';
import type { TextSource } from './access.ts';
import { invalid, type Where } from './entry-error.ts';

interface DataOrPath {
  readonly field: string;
  readonly data: string | undefined;
  readonly path: string | undefined;
}

export function source(where: Where, { field, data, path }: DataOrPath): TextSource | undefined {
  if (data !== undefined) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    if (!text.includes('-----BEGIN ')) throw invalid(where, `${field}-data is not PEM in base64`, 'copy it again');
    return { kind: 'Text', text };
  }
  return path === undefined ? undefined : fileSource(where, path);
}

export function fileSource(where: Where, path: string): TextSource {
  return { kind: 'File', path: resolve(folderOf(where), path) };
}

/** What relative paths refer to. Texts that may name no files were refused before. */
export function folderOf({ origin, cluster }: Where): string {
  if ('folder' in origin) return origin.folder;
  throw new IsthmusError('internal', `cluster ${cluster}: ${origin.name} may name no files`, { cluster });
}
