import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { runProgram } from './program.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the package under test: package.json and dist/, as an installed package has them. */
    readonly packageFolder: string;
  }
}

const checkout = resolve(import.meta.dirname, '../..');

let folder: string | undefined;

/** Builds the package once per run and copies it, so that another build in the checkout cannot disturb a test. */
export async function setup(project: TestProject): Promise<void> {
  const built = await runProgram(process.execPath, ['scripts/build.ts'], { cwd: checkout, timeoutMs: 300_000 });
  if (built.code !== 0) throw new Error(`the package cannot be built: ${built.stderr}`);
  folder = await mkdtemp(join(tmpdir(), 'isthmus-package-'));
  await cp(join(checkout, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(checkout, 'package.json'), join(folder, 'package.json'));
  // The image of the package takes Node from here.
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  project.provide('packageFolder', folder);
}

export async function teardown(): Promise<void> {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
