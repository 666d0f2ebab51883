import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRootStore } from './root-store.ts';

let state: string;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'isthmus-roots-'));
});

afterEach(async () => {
  await rm(state, { recursive: true, force: true });
});

test('what is written is read, by its owner alone', async () => {
  const roots = createRootStore({ folder: state, create: 'IfMissing' });
  expect(await roots.read('shop')).toBeUndefined();
  await roots.write('shop', { certificate: 'C', privateKey: 'K' });
  expect(await roots.read('shop')).toEqual({ certificate: 'C', privateKey: 'K' });
  expect(await readdir(roots.folder('shop'))).toEqual(['root.crt', 'root.key']);
  expect((await stat(join(roots.folder('shop'), 'root.key'))).mode & 0o777).toBe(0o600);
  expect((await stat(roots.folder('shop'))).mode & 0o777).toBe(0o700);
});

test('a root whose key was taken offline is not taken for none', async () => {
  const roots = createRootStore({ folder: state, create: 'IfMissing' });
  await roots.write('shop', { certificate: 'C', privateKey: 'K' });
  await rm(join(roots.folder('shop'), 'root.key'));
  expect(await roots.read('shop')).toBe('Keyless');
});

test('a store that makes no roots reads those that are there, and writes none', async () => {
  await createRootStore({ folder: state, create: 'IfMissing' }).write('shop', { certificate: 'C', privateKey: 'K' });
  const roots = createRootStore({ folder: state, create: 'Never' });
  expect(await roots.read('shop')).toEqual({ certificate: 'C', privateKey: 'K' });
  await expect(roots.write('other', { certificate: 'C', privateKey: 'K' })).rejects.toMatchObject({
    code: 'root-key-missing',
    message: expect.stringContaining('none may be made here'),
  });
  expect(await readdir(state)).toEqual(['shop']);
});

test('a draft that somebody left does not become the key', async () => {
  const roots = createRootStore({ folder: state, create: 'IfMissing' });
  await mkdir(roots.folder('shop'), { recursive: true });
  await writeFile(join(roots.folder('shop'), 'root.key.new'), 'old draft', { mode: 0o666 });
  const before = process.umask(0);
  try {
    await roots.write('shop', { certificate: 'C', privateKey: 'K' });
  } finally {
    process.umask(before);
  }
  expect((await stat(join(roots.folder('shop'), 'root.key'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(roots.folder('shop'), 'root.crt'))).mode & 0o777).toBe(0o600);
});

test.each([0o644, 0o640, 0o602])('a key with mode %o is refused', async (mode) => {
  const roots = createRootStore({ folder: state, create: 'IfMissing' });
  await roots.write('shop', { certificate: 'C', privateKey: 'K' });
  await chmod(join(roots.folder('shop'), 'root.key'), mode);
  await expect(roots.read('shop')).rejects.toMatchObject({
    code: 'root-key-exposed',
    message: expect.stringContaining(`(mode 0${mode.toString(8)})`),
  });
});
