import { stat, writeFile } from 'node:fs/promises';
import { unwritable } from '../base/unwritable.ts';
import { writeWholeFile } from '../base/whole-file.ts';

/** Writes a plan file for the user alone: it names every object of the mesh, which is nobody else's business. */
export async function writePlanText(path: string, text: string): Promise<void> {
  try {
    if (await isDevice(path)) await writeFile(path, text);
    else await writeWholeFile(path, text, { mode: 0o600, lasts: 'Cached' });
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** A pipe or a terminal is written to, and not replaced. */
async function isDevice(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => !found.isFile() && !found.isDirectory(),
    () => false,
  );
}
