import { type FileHandle, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makePrivateFolder, writeWholeFile } from './whole-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-whole-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What is put on the disk from now on, and what the folder of the test holds by then. */
async function watchSyncs(): Promise<AsyncDisposable & { readonly steps: readonly string[] }> {
  const handle = await open(folder, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const steps: string[] = [];
  const { sync } = prototype;
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
    const [what, names] = await Promise.all([this.stat(), readdir(folder)]);
    const named = names.filter((name) => !name.startsWith('.'));
    steps.push(`${what.isDirectory() ? 'a folder' : `${what.size} bytes`}, with ${named.join() || 'nothing'} there`);
    await sync.call(this);
  });
  return { steps, [Symbol.asyncDispose]: async () => void spy.mockRestore() };
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

test('a file has its mode whatever the umask and the file before it had, and no draft is left', async () => {
  const path = join(folder, 'a');
  await writeFile(path, 'old', { mode: 0o666 });
  const before = process.umask(0o277);
  try {
    await writeWholeFile(path, 'new', { mode: 0o600, lasts: 'Kept' });
  } finally {
    process.umask(before);
  }
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await modeOf(path)).toBe(0o600);
  expect(await readdir(folder)).toEqual(['a']);
});

test('a link in the place of the file is replaced, and what it leads to stays', async () => {
  await writeFile(join(folder, 'victim'), 'precious');
  await symlink(join(folder, 'victim'), join(folder, 'a'));
  await writeWholeFile(join(folder, 'a'), 'new', { mode: 0o600, lasts: 'Kept' });
  expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('precious');
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('new');
});

test('what cannot be written leaves nothing behind', async () => {
  await makePrivateFolder(join(folder, 'a/b'));
  await expect(writeWholeFile(join(folder, 'a'), 'new', { mode: 0o600, lasts: 'Kept' })).rejects.toThrow();
  expect(await readdir(folder)).toEqual(['a']);
  await expect(writeWholeFile(join(folder, 'none/x'), 'new', { mode: 0o600, lasts: 'Kept' })).rejects.toThrow();
});

test('folders that are made are the user’s alone', async () => {
  const before = process.umask(0);
  try {
    await makePrivateFolder(join(folder, 'a/b/c'));
  } finally {
    process.umask(before);
  }
  for (const path of ['a', 'a/b', 'a/b/c']) expect(await modeOf(join(folder, path))).toBe(0o700);
});

describe('a power cut', () => {
  test('finds what is kept: its text is on the disk before its name, and its name before the call returns', async () => {
    await using syncs = await watchSyncs();
    await writeWholeFile(join(folder, 'a'), 'new', { mode: 0o600, lasts: 'Kept' });
    expect(syncs.steps).toEqual(['3 bytes, with nothing there', 'a folder, with a there']);
  });

  test('may lose what can be made a second time, which is not waited for', async () => {
    await using syncs = await watchSyncs();
    await writeWholeFile(join(folder, 'a'), 'new', { mode: 0o600, lasts: 'Cached' });
    expect(syncs.steps).toEqual([]);
  });

  test('finds every folder that was made', async () => {
    await using syncs = await watchSyncs();
    await makePrivateFolder(join(folder, 'a/b/c'));
    expect(syncs.steps).toEqual(Array.from({ length: 3 }, () => 'a folder, with a there'));
  });
});
