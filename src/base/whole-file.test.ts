import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePrivateFolder, writeWholeFile } from './whole-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-whole-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

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
