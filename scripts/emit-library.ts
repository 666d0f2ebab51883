import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runNode } from './run.ts';

/** Emits src/index.ts and what it reaches as JavaScript modules with their types. */
export async function emitLibrary(root: string, outdir: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await runNode([compiler, '-p', join(root, 'tsconfig.lib.json'), '--outDir', outdir], root);
  for await (const file of glob('**/*.d.ts', { cwd: outdir })) await renameImports(join(outdir, file));
}

/** The compiler rewrites `./x.ts` in JavaScript alone, and a package without `x.ts` should not name it in its types. */
async function renameImports(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const renamed = text.replace(/((?:\bfrom |\bimport |\bimport\()(['"])\.{1,2}\/[^'"]+)\.ts\2/g, '$1.js$2');
  if (renamed !== text) await writeFile(file, renamed);
}
