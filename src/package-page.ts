import { readFileSync } from 'node:fs';
import { getRawAsset, isSea } from 'node:sea';
import { packageFile } from './package-file.ts';

/** The files of the dashboard's page by their names, as `scripts/page.ts` built them; empty where it was not built. */
export function packagePage(): ReadonlyMap<string, Uint8Array> {
  // Beside the bundle in dist/; the sources stand beside that folder.
  for (const folder of isSea() ? [''] : ['./', '../dist/']) {
    const list = packageFile('page/files.json', [folder]);
    if (Array.isArray(list)) return new Map(list.map((name: string) => [name, contentOf(`page/${name}`, folder)]));
  }
  return new Map();
}

function contentOf(name: string, folder: string): Uint8Array {
  return isSea() ? new Uint8Array(getRawAsset(name)) : readFileSync(new URL(`${folder}${name}`, import.meta.url));
}
