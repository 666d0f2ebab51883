import { chmod, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.ts';
import { emitLibrary } from './emit-library.ts';
import { buildPage, pageFolder } from './page.ts';
import { pinOf } from './pinned-image.ts';
import { packageFolders, thirdPartyFile, thirdPartyText } from './third-party.ts';

const root = resolve(import.meta.dirname, '..');
const outdir = join(root, 'dist');

/** Makes the package: the program and its page, which use no other package, and the library, which uses its dependencies. */
async function buildPackage(): Promise<void> {
  const pin = pinOf(process.env);
  await rm(outdir, { recursive: true, force: true });
  await Promise.all([buildProgram(), emitLibrary(root, join(outdir, 'lib'))]);
  if (pin !== undefined) await writeFile(join(outdir, 'image.json'), pin);
}

async function buildProgram(): Promise<void> {
  const [files, page] = await Promise.all([
    bundle({ isthmus: join(root, 'src/cli/main.ts') }, outdir),
    buildPage(root, join(outdir, pageFolder)),
  ]);
  await writeFile(join(outdir, thirdPartyFile), await thirdPartyText(root, packageFolders([...files, ...page])));
  await chmod(join(outdir, 'isthmus.js'), 0o755);
}

await buildPackage();
