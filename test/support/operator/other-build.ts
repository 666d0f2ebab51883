import { cp, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TestLab } from '../lab.ts';

/**
 * The package as another build of it: of another version, and with another digest of each object, so that to it
 * nothing is as it applied it. Gives its folder.
 */
export async function otherBuild({ folder }: TestLab): Promise<string> {
  const from = inject('packageFolder');
  const other = await mkdtemp(join(folder, 'other-build-'));
  await cp(join(from, 'dist'), join(other, 'dist'), { recursive: true });
  await symlink(join(from, 'node_modules'), join(other, 'node_modules'));
  const manifest = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as object;
  await writeFile(join(other, 'package.json'), JSON.stringify({ ...manifest, version: '0.0.1' }));
  let changed = 0;
  for (const name of (await readdir(join(other, 'dist'))).filter((file) => file.endsWith('.js'))) {
    const path = join(other, 'dist', name);
    const text = await readFile(path, 'utf8');
    const otherwise = text.replaceAll(/\("sha256"\)\.update\(/g, '("sha256").update("another build").update(');
    if (otherwise === text) continue;
    changed += 1;
    await writeFile(path, otherwise);
  }
  if (changed === 0) throw new Error('the build has no digests to change');
  return other;
}
