import { chmod, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.ts';

const root = resolve(import.meta.dirname, '..');
const outdir = join(root, 'dist');

/** Makes the package's program: it installs without dependencies. */
async function buildPackage(): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await bundle({ isthmus: join(root, 'src/cli/main.ts') }, outdir);
  await chmod(join(outdir, 'isthmus.js'), 0o755);
}

await buildPackage();
