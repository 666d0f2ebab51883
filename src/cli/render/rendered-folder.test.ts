import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeFolder } from './rendered-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-render-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function files(entries: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(entries));
}

async function paths(): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe('writeFolder', () => {
  test('writes what differs, removes what is no longer wanted with its empty folders, and nothing of others', async () => {
    await writeFile(join(folder, 'kustomization.yaml'), 'mine');
    const first = await writeFolder(folder, files({ 'west/01-a/x.yaml': 'x', 'west/02-b/y.yaml': 'y' }));
    expect(first).toEqual({ written: ['west/01-a/x.yaml', 'west/02-b/y.yaml'], unchanged: [], removed: [] });
    const second = await writeFolder(folder, files({ 'west/01-a/x.yaml': 'x', 'west/01-a/z.yaml': 'z' }));
    expect(second).toEqual({
      written: ['west/01-a/z.yaml'],
      unchanged: ['west/01-a/x.yaml'],
      removed: ['west/02-b/y.yaml'],
    });
    expect(await paths()).toEqual([
      '.isthmus-render.json',
      'kustomization.yaml',
      'west/01-a/x.yaml',
      'west/01-a/z.yaml',
    ]);
    expect(await readdir(join(folder, 'west'))).toEqual(['01-a']);
  });

  test('refuses to overwrite a file that it did not write, before anything is written', async () => {
    await mkdir(join(folder, 'west'));
    await writeFile(join(folder, 'west/x.yaml'), 'mine');
    await expect(writeFolder(folder, files({ 'a.yaml': 'a', 'west/x.yaml': 'x' }))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await paths()).toEqual(['west/x.yaml']);
  });

  test('a list that was tampered with removes nothing outside the folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'isthmus-outside-'));
    await writeFile(join(outside, 'kept'), 'kept');
    const listed = [join(outside, 'kept'), `../${outside.split('/').at(-1)}/kept`];
    await writeFile(join(folder, '.isthmus-render.json'), JSON.stringify({ version: 1, files: listed }));
    await writeFolder(folder, files({ 'a.yaml': 'a' }));
    expect(await readFile(join(outside, 'kept'), 'utf8')).toBe('kept');
    await rm(outside, { recursive: true });
  });

  describe('follows no link', () => {
    let outside: string;
    beforeEach(async () => {
      outside = await mkdtemp(join(tmpdir(), 'isthmus-outside-'));
      await writeFile(join(outside, 'authorized_keys'), 'precious');
    });
    afterEach(async () => {
      expect(await readdir(outside)).toEqual(['authorized_keys']);
      expect(await readFile(join(outside, 'authorized_keys'), 'utf8')).toBe('precious');
      await rm(outside, { recursive: true });
    });

    async function list(...paths: readonly string[]): Promise<void> {
      await writeFile(join(folder, '.isthmus-render.json'), JSON.stringify({ version: 1, files: paths }));
    }

    test('to a folder, neither for writing nor for removing', async () => {
      await symlink(outside, join(folder, 'west'));
      await list('west/authorized_keys', 'east/../west/authorized_keys');
      const wanted = { code: 'conflict', message: expect.stringContaining('west is a link') };
      await expect(writeFolder(folder, files({ 'west/01-a/x.yaml': 'x' }))).rejects.toMatchObject(wanted);
      await expect(writeFolder(folder, files({ 'east/x.yaml': 'x' }))).rejects.toMatchObject(wanted);
    });

    test('to a file, the list included', async () => {
      await symlink(join(outside, 'authorized_keys'), join(folder, 'x.yaml'));
      await list('x.yaml');
      await expect(writeFolder(folder, files({ 'x.yaml': 'x' }))).rejects.toMatchObject({ code: 'conflict' });
      await rm(join(folder, '.isthmus-render.json'));
      await symlink(join(outside, 'authorized_keys'), join(folder, '.isthmus-render.json'));
      await expect(writeFolder(folder, files({ 'y.yaml': 'y' }))).rejects.toMatchObject({ code: 'conflict' });
    });

    test('that waits where a draft was once written', async () => {
      await symlink(join(outside, 'authorized_keys'), join(folder, 'x.yaml.new'));
      await writeFolder(folder, files({ 'x.yaml': 'x' }));
      expect(await readFile(join(folder, 'x.yaml'), 'utf8')).toBe('x');
      expect((await stat(join(folder, 'x.yaml'))).mode & 0o777).toBe(0o666 & ~process.umask());
    });
  });

  test('refuses a folder whose list cannot be read', async () => {
    await writeFile(join(folder, '.isthmus-render.json'), 'not ours');
    await expect(writeFolder(folder, files({ 'a.yaml': 'a' }))).rejects.toMatchObject({ code: 'file-unreadable' });
  });
});
