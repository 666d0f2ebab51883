import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportFile } from './report-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-report-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('a file is written when there is something to say, and not before', async () => {
  const path = join(folder, 'report.html');
  const file = await reportFile(path);
  expect(await readdir(folder)).toEqual([]);
  await file.write('first');
  await file.write('second');
  expect(await readFile(path, 'utf8')).toBe('second');
  expect(await readdir(folder)).toEqual(['report.html']);
});

test.each([
  ['none/report.html', /its folder does not exist/],
  ['', /it is a folder/],
])('a path that cannot be written is refused beforehand: "%s"', async (path, why) => {
  await expect(reportFile(join(folder, path))).rejects.toThrow(why);
});
