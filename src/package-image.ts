import { readFileSync } from 'node:fs';

/** The image by its digest that this build was made with, as `scripts/build.ts` wrote it down; the sources know none. */
export function packageImage(): string | undefined {
  // Beside the bundle in dist/, and above the library in dist/lib/.
  for (const path of ['./image.json', '../image.json']) {
    try {
      const written: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof written === 'object' && written !== null && 'image' in written) return String(written.image);
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}
