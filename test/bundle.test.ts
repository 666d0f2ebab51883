import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleOneFile } from '../scripts/bundle.ts';

const packages = resolve(import.meta.dirname, '../node_modules');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-bundle-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function bundled(name: string, install: (modules: string) => Promise<void>): Promise<string> {
  const root = join(folder, name);
  await mkdir(root);
  await install(join(root, 'node_modules'));
  const entry = join(root, 'main.ts');
  await writeFile(entry, "import { parse } from 'yaml';\nconsole.log(parse('a: 1'));\n");
  const outfile = join(root, 'out.cjs');
  await bundleOneFile(root, entry, outfile);
  return await readFile(outfile, 'utf8');
}

test('a bundle is the same whether node_modules is a folder or a link to one elsewhere', async () => {
  const own = await bundled('own', (modules) => cp(join(packages, 'yaml'), join(modules, 'yaml'), { recursive: true }));
  const linked = await bundled('linked', (modules) => symlink(packages, modules));
  expect(own).toContain('node_modules/yaml');
  expect(linked).toBe(own);
});
