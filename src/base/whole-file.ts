import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file as a whole or not at all, with just this mode whatever the umask is and whatever was there: a draft of a
 * name that nobody knows, made new, so that no link and no file of others is written through. `Kept` survives a power
 * cut: the content is on the disk before it takes the place of the old one, and its name is before this returns.
 */
export async function writeWholeFile(
  path: string,
  content: string | Uint8Array,
  { mode, lasts }: { readonly mode: number; readonly lasts: 'Kept' | 'Cached' },
): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await using file = await opened(draft, 'wx', mode);
    await file.chmod(mode);
    await file.writeFile(content);
    if (lasts === 'Kept') await file.sync();
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  if (lasts === 'Kept') await syncFolder(dirname(path));
}

/** Makes a folder for the user alone, with those above it that are missing, and puts their names on the disk. */
export async function makePrivateFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await opened(path, 'r');
  await folder.sync().catch(ignoreUnsupported);
}

async function opened(path: string, flags: string, mode?: number): Promise<FileHandle & AsyncDisposable> {
  const handle = await open(path, flags, mode);
  return Object.assign(handle, { [Symbol.asyncDispose]: async () => await handle.close() });
}

/** Some file systems know no way to put a folder on the disk by itself. */
function ignoreUnsupported(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EBADF') throw error;
}
