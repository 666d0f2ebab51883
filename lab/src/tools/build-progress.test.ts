import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectedText, packageNames, progressLine, progressText, startText, watchBuild } from './build-progress.ts';

test('the estimate at the start depends on the machine', () => {
  expect(expectedText(5967, 2)).toBe(
    '5,967 packages, about 7 minutes with the 2 processors here where nothing is cached',
  );
  expect(expectedText(100, 1)).toBe('100 packages, about a minute with the one processor here where nothing is cached');
});

test('before anything is counted there is an estimate, too', () => {
  expect(startText(2)).toBe(
    'this takes about 8 minutes with the 2 processors here where nothing is cached: first the sources, then their packages',
  );
  expect(startText(1)).toContain('about 16 minutes with the one processor here');
});

test('the time to go follows the pace of this machine', () => {
  const at = (done: number, elapsedSeconds: number): string => progressText({ done, total: 4000, elapsedSeconds }, 2);
  expect(at(0, 0)).toBe('[------------------------] 0 of 4,000 packages, 0:00 min, about 5:00 min to go');
  // Twice as slow as expected: nearly believed after 2,000.
  expect(at(2000, 600)).toBe('[############------------] 2,000 of 4,000 packages, 10:00 min, about 9:01 min to go');
  expect(at(4000, 1200)).toBe('[########################] 4,000 of 4,000 packages, 20:00 min, about 0:00 min to go');
});

test('only names of packages count', () => {
  const log =
    'go: downloading k8s.io/api v0.36.3\ninternal/abi\ngithub.com/a/b.c/v2\nReading package lists...\n# a/b\n';
  expect(packageNames(log)).toEqual(['internal/abi', 'github.com/a/b.c/v2']);
});

test('a terminal gets one line that changes, a file a line every half minute', () => {
  const written: string[] = [];
  let now = 0;
  const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) > 0 });
  const file = progressLine(stream(false), () => now);
  file.show('a');
  now = 30_000;
  file.show('b');
  file.clear();
  expect(written.splice(0)).toEqual(['b\n']);
  const terminal = progressLine(stream(true), () => now);
  terminal.show('a');
  terminal.clear();
  expect(written).toEqual(['\r\u001b[Ka', '\r\u001b[K']);
});

test('a build is watched by what it adds to its log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'build-'));
  const logFile = join(folder, 'log');
  await writeFile(logFile, 'earlier/build\n');
  const shown: string[] = [];
  {
    using watch = await watchBuild(logFile, 10, (text) => shown.push(text));
    watch.built(4);
    await appendFile(logFile, 'a/b\na/c\nhalf');
    await expect.poll(() => shown.at(-1), { timeout: 20_000 }).toContain(' 6 of 10 packages');
    await appendFile(logFile, '/name\n');
    await expect.poll(() => shown.at(-1), { timeout: 20_000 }).toContain(' 7 of 10 packages');
  }
  await rm(folder, { recursive: true });
});
