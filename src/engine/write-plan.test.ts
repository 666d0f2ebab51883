import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writePlanText } from './write-plan.ts';

test('a plan takes the place of a file that everybody may read, and is its owner’s alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-plan-'));
  const path = join(folder, 'plan.json');
  await writeFile(path, 'an older and longer plan', { mode: 0o666 });
  await writePlanText(path, 'plan');
  expect(await readFile(path, 'utf8')).toBe('plan');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await writePlanText('/dev/null', 'plan');
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  await rm(folder, { recursive: true });
});

test.each([
  ['nowhere/plan.json', 'its folder does not exist'],
  ['file/plan.json', 'a file is where its folder should be'],
  ['.', 'it is a folder'],
])('a plan that cannot be written to %s says why', async (path, reason) => {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-plan-'));
  await writeFile(join(folder, 'file'), '');
  await expect(writePlanText(join(folder, path), 'plan')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(`cannot be written: ${reason}`),
  });
  await rm(folder, { recursive: true });
});
