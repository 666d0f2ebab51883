import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { momentsIn } from './moments.ts';

const snapshot = resolve(import.meta.dirname, '../../test/fixtures/doctor/two-networks');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-moments-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function takenAt(name: string, time: string | undefined): Promise<void> {
  await cp(snapshot, join(folder, name), { recursive: true });
  const path = join(folder, name, 'facts.yaml');
  const line = time === undefined ? '' : `takenAt: ${time}\n`;
  await writeFile(path, (await readFile(path, 'utf8')).replace(/^takenAt: .*\n/, line));
}

test('the snapshots of a folder stand in the order of their times, whatever their names', async () => {
  await takenAt('a', '2026-11-30T10:00:00.000Z');
  await takenAt('b', '2026-11-29T10:00:00.000Z');
  await takenAt('c', undefined);
  await mkdir(join(folder, 'notes'));
  await writeFile(join(folder, 'README'), 'a file');
  const moments = await momentsIn(folder);
  expect(moments.map(({ name, takenAt: time }) => [name, time])).toEqual([
    ['c', undefined],
    ['b', '2026-11-29T10:00:00.000Z'],
    ['a', '2026-11-30T10:00:00.000Z'],
  ]);
  expect(moments[0]?.folder).toBe(join(folder, 'c'));
});

test('a snapshot is none of several, and what is not there is left to whoever reads it', async () => {
  expect(await momentsIn(snapshot)).toEqual([]);
  expect(await momentsIn(join(folder, 'nothing'))).toEqual([]);
});

test('a folder without a snapshot is refused', async () => {
  await mkdir(join(folder, 'notes'));
  await expect(momentsIn(folder)).rejects.toMatchObject({
    code: 'invalid-config',
    message: `${folder} is no snapshot, and none of its folders is one`,
  });
});
