import { packageFile } from './package-file.ts';

/** The image by its digest that this build was made with, as `scripts/build.ts` wrote it down; the sources know none. */
export function packageImage(): string | undefined {
  // Beside the bundle in dist/, and above the library in dist/lib/.
  const written = packageFile('image.json', ['./', '../']);
  return written !== undefined && 'image' in written ? String(written.image) : undefined;
}
