import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const sumsFile = 'SHA256SUMS';

/** The digest of a file, as sha256sum prints it. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Writes the digests of all files of a folder into one, which `sha256sum --check` reads. Gives its text. */
export async function writeSums(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name !== sumsFile).toSorted();
  const lines = await Promise.all(names.map(async (name) => `${await sha256(join(folder, name))}  ${name}\n`));
  await writeFile(join(folder, sumsFile), lines.join(''));
  return lines.join('');
}
