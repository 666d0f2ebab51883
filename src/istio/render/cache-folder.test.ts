import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCacheFolder } from './cache-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'isthmus-cache-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

test('an entry comes back, from a folder that only its owner can read', async () => {
  const folder = join(root, 'deep/render');
  const cache = createCacheFolder(folder);
  expect(await cache.get('key')).toBeUndefined();
  await cache.put('key', 'line one\nline two\n');
  await cache.put('key', 'again\n');
  expect(await createCacheFolder(folder).get('key')).toBe('again\n');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'key'))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['key']);
});

test('a damaged entry is absent', async () => {
  const cache = createCacheFolder(root);
  await cache.put('key', 'some text');
  const length = (await readFile(join(root, 'key'))).length;
  for (const size of [length - 1, 64, 10, 0]) {
    await truncate(join(root, 'key'), size);
    expect(await cache.get('key')).toBeUndefined();
  }
});

test('a folder that cannot be made costs nothing but the entry', async () => {
  await createCacheFolder(root).put('file', 'x');
  const cache = createCacheFolder(join(root, 'file/below'));
  await cache.put('key', 'value');
  expect(await cache.get('key')).toBeUndefined();
});

test('the oldest entries go', async () => {
  const cache = createCacheFolder(root);
  for (let index = 0; index < 256; index += 1) {
    await cache.put(`key-${index}`, 'value');
    await utimes(join(root, `key-${index}`), 1000 + index, 1000 + index);
  }
  await cache.put('newest', 'value');
  const names = await readdir(root);
  expect(names).toHaveLength(256);
  expect(names).not.toContain('key-0');
  expect(names).toContain('key-1');
  expect(names).toContain('newest');
});
