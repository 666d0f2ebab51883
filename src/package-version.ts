import { readFileSync } from 'node:fs';

/** The version of the package that this file belongs to: run from the sources, bundled into dist/, or from dist/lib/. */
export function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
    } catch {
      // The next place may have it.
    }
  }
  return '0.0.0';
}
