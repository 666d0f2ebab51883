import { readFileSync } from 'node:fs';
import { getAsset, isSea } from 'node:sea';

/** What a file of this package holds as JSON; undefined where the package has no such file. */
export function packageFile(
  name: 'package.json' | 'image.json' | 'page/files.json',
  folders: readonly string[],
): object | undefined {
  for (const read of readers(name, folders)) {
    try {
      const value: unknown = JSON.parse(read());
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}

/** A single executable carries the files within itself: those that lie beside it belong to others. */
function readers(name: string, folders: readonly string[]): readonly (() => string)[] {
  if (isSea()) return [() => getAsset(name, 'utf8')];
  return folders.map((folder) => () => readFileSync(new URL(`${folder}${name}`, import.meta.url), 'utf8'));
}
