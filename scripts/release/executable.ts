import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { bundleOneFile } from '../bundle.ts';
import { buildPage, pageFiles, pageFolder } from '../page.ts';
import { runNode } from '../run.ts';
import { packageFolders } from '../third-party.ts';
import { withNote } from './elf.ts';

/** Node looks for the script only where the last letter of this text, which its build holds once, is a 1. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:';
const noteName = 'NODE_SEA_BLOB';
/** In every stack trace. */
const scriptName = 'isthmus.cjs';

export interface ExecutableOptions {
  readonly root: string;
  /** The program of Node that becomes the executable. */
  readonly node: string;
  /** Left out where the executable is for another processor than this one: V8's compiled code is of the processor. */
  readonly compiled: boolean;
  /** The text of `image.json`: the image to which this build is pinned. */
  readonly image?: string | undefined;
}

/** Writes the command line as one executable that needs no Node. Gives the packages that it contains. */
export async function writeExecutable(file: string, options: ExecutableOptions): Promise<readonly string[]> {
  const work = await mkdtemp(join(tmpdir(), 'isthmus-binary-'));
  try {
    const entry = join(options.root, 'src/cli/executable.ts');
    const inputs = [
      ...(await bundleOneFile(options.root, entry, join(work, scriptName))),
      ...(await buildPage(options.root, join(work, pageFolder))),
    ];
    const program = await readFile(options.node);
    lightFuse(program);
    const parts = withNote(program, noteName, await blobOf(work, options));
    await pipeline(Readable.from(parts), createWriteStream(file));
    await chmod(file, 0o755);
    return packageFolders(inputs);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function lightFuse(program: Buffer): void {
  const at = program.indexOf(`${fuse}0`);
  if (at < 0 || program.indexOf(fuse, at + 1) >= 0)
    throw new Error('this Node cannot be made into a single executable');
  program.write('1', at + fuse.length);
}

/** The script and the files of the package as Node packs them (`--experimental-sea-config`). */
async function blobOf(work: string, { root, compiled, image }: ExecutableOptions): Promise<Buffer> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const files = {
    'package.json': JSON.stringify({ version }),
    ...(image === undefined ? {} : { 'image.json': image }),
  };
  const assets: Record<string, string> = {};
  for (const [name, text] of Object.entries(files)) {
    assets[name] = name;
    await writeFile(join(work, name), text);
  }
  for (const name of await pageFiles(join(work, pageFolder))) assets[`${pageFolder}/${name}`] = `${pageFolder}/${name}`;
  const output = 'isthmus.blob';
  // Paths from the folder: they go into the executable, which must be equal wherever it is built.
  const settings = { main: scriptName, output, assets, disableExperimentalSEAWarning: true, useCodeCache: compiled };
  await writeFile(join(work, 'executable.json'), JSON.stringify(settings));
  // V8's compiled code holds what it drew by chance.
  await runNode(['--random-seed=1', '--experimental-sea-config', 'executable.json'], work);
  return await readFile(join(work, output));
}
