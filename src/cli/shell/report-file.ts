import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IsthmusError } from '../../base/error.ts';
import { unwritable } from '../../base/unwritable.ts';
import { writeWholeFile } from '../../base/whole-file.ts';

/** A file that a report is to be written to in the end. */
export interface ReportFile {
  write(text: string): Promise<void>;
}

/** Looks whether it can be written before anything is done that it would report. Throws `usage` where not. */
export async function reportFile(path: string): Promise<ReportFile> {
  const failed = (error: unknown): never => {
    throw unwritable(path, error);
  };
  await access(dirname(path), constants.W_OK).catch(failed);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) throw new IsthmusError('usage', `${path} cannot be written: it is a folder`, { remedy: 'name a file' });
  return {
    write: async (text) => await writeWholeFile(path, text, { mode: 0o644, lasts: 'Cached' }).catch(failed),
  };
}
