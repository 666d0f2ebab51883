import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeProgramsFolder } from './programs-folder.ts';

let root = '';
let folder = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lab-istioctl-'));
  folder = join(root, 'programs');
  mkdirSync(join(root, 'bin'));
  const script = '#!/bin/sh\nfor word in "$@"; do printf \'%s\\n\' "$word"; done\n';
  for (const program of ['istioctl', 'kubectl']) writeFileSync(join(root, 'bin', program), script, { mode: 0o755 });
  writeProgramsFolder(folder, [join(root, 'bin')]);
});
afterEach(() => rmSync(root, { recursive: true }));

/** The words that the real istioctl gets; the overlay's path is shown as OVERLAY. */
function received(...words: readonly string[]): readonly string[] {
  const text = execFileSync('istioctl', [...words], { env: { PATH: `${folder}:/usr/bin:/bin` } }).toString();
  return text
    .split('\n')
    .slice(0, -1)
    .map((word) => word.replace(join(folder, 'istioctl-overlay.yaml'), 'OVERLAY'));
}

test('that of another Istio is called by its version', () => {
  const other = join(root, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'istioctl'), '#!/bin/sh\necho other "$@"\n', { mode: 0o755 });
  const both = join(root, 'both');
  writeProgramsFolder(both, [join(root, 'bin')], [{ istio: '1.30', bin: other }]);
  const env = { PATH: `${both}:/usr/bin:/bin` };
  const said = execFileSync('istioctl-1.30', ['install', '-y'], { env }).toString();
  expect(said).toBe(`other install -f ${join(both, 'istioctl-overlay.yaml')} -y\n`);
  expect(execFileSync('istioctl', ['version'], { env }).toString()).toBe('version\n');
});

describe('istioctl of the lab', () => {
  test('puts its overlay before the files of the user', () => {
    expect(received('install', '-y', '-f', 'mesh.yaml')).toEqual(['install', '-f', 'OVERLAY', '-y', '-f', 'mesh.yaml']);
  });

  test('leaves stdin the last file, as istioctl demands', () => {
    expect(received('manifest', 'generate', '-f', '-')).toEqual(['manifest', 'generate', '-f', 'OVERLAY', '-f', '-']);
  });

  test('finds the sub-command behind global flags', () => {
    expect(received('--context', 'install', '-c=x', 'upgrade')).toEqual([
      '--context',
      'install',
      '-c=x',
      'upgrade',
      '-f',
      'OVERLAY',
    ]);
  });

  test.each([
    [['proxy-config', 'clusters', 'install']],
    [['create-remote-secret', '--name', 'install']],
    [['uninstall', '--purge']],
    [['manifest']],
    [[]],
  ])('hands %j on as it is', (words) => {
    expect(received(...words)).toEqual(words);
  });

  test('keeps blanks and empty words', () => {
    expect(received('install', '--set', 'a=b  c', '')).toEqual(['install', '-f', 'OVERLAY', '--set', 'a=b  c', '']);
  });
});
