import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pinOf } from './pinned-image.ts';
import { writeExecutable } from './release/executable.ts';

const root = resolve(import.meta.dirname, '..');

/** Makes the command line as one executable for this machine. */
async function makeBinary(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeExecutable(file, { root, node: process.execPath, compiled: true, image: pinOf(process.env) });
  process.stdout.write(`${file}\n`);
}

await makeBinary(resolve(process.argv[2] ?? join(root, 'release/isthmus')));
