import { chmod, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const outdir = join(root, 'dist');

/**
 * Bundles the command line with all that it uses: the package installs without dependencies, and a command loads
 * only its own chunk, which keeps the start short.
 */
async function buildPackage(): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: { isthmus: join(root, 'src/cli/main.ts') },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'external',
    chunkNames: 'chunk-[hash]',
    logLevel: 'warning',
    // CommonJS packages call require for the platform's modules.
    banner: {
      js: "import{createRequire as isthmusRequire}from'node:module';const require=isthmusRequire(import.meta.url);",
    },
  });
  await chmod(join(outdir, 'isthmus.js'), 0o755);
}

await buildPackage();
