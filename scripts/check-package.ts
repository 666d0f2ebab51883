import { glob, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run, runNode } from './run.ts';

const root = resolve(import.meta.dirname, '..');
const modules = join(root, 'node_modules');

/** Builds and packs the package as `npm publish` does, and has two linters judge the archive; throws what they say against it. */
async function checkPackage(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-check-'));
  try {
    await run('npm', ['pack', '--silent', '--pack-destination', folder], root);
    for await (const name of glob('*.tgz', { cwd: folder })) await checkArchive(join(folder, name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkArchive(archive: string): Promise<void> {
  const checks = [
    [join(modules, 'publint/src/cli.js'), 'run', archive, '--strict'],
    // The package has ES modules alone.
    [join(modules, '@arethetypeswrong/cli/dist/index.js'), archive, '--profile', 'esm-only', '--no-definitely-typed'],
  ];
  await Promise.all(checks.map(async (args) => await runNode(args, root)));
}

await checkPackage();
