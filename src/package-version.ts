import { packageFile } from './package-file.ts';

/** The version of the package that this file belongs to: run from the sources, bundled into dist/, or from dist/lib/. */
export function packageVersion(): string {
  const manifest = packageFile('package.json', ['../', '../../']);
  return manifest !== undefined && 'version' in manifest ? String(manifest.version) : '0.0.0';
}
