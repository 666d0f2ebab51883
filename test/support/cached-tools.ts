import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, toolsFolder } from '../../lab/src/tools/tool-paths.ts';
import { endedWith } from './cli.ts';
import { runProgram } from './program.ts';

/** Programs of tests that no lab needs, each made once on a machine and version. */

const limits = { timeoutMs: 600_000 };

/** A program of the Go module in a folder of the lab's tools. */
export async function goProgram(folder: string, package_: string): Promise<string> {
  const module = join(toolsFolder, folder);
  return await cached(folder, join(module, 'go.sum'), async (made) => {
    const options = { ...limits, cwd: module, env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' } };
    const build = ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', made, package_];
    endedWith(0, await runProgram('go', build, options));
  });
}

/** A folder with the Python packages that a folder of the lab's tools lists, with their programs in its `bin`. */
export async function pythonPackages(folder: string): Promise<string> {
  const list = join(toolsFolder, folder, 'requirements.txt');
  return await cached(folder, list, async (made) => {
    const how = ['-q', '--no-deps', '--no-compile', '--only-binary=:all:', '--target', made, '-r', list];
    endedWith(0, await runProgram('python3', ['-m', 'pip', 'install', ...how], limits));
  });
}

/** What appears in the lab's cache when it is complete, under a name that changes with a file. */
async function cached(name: string, keyFile: string, make: (made: string) => Promise<void>): Promise<string> {
  const key = createHash('sha256').update(await readFile(keyFile));
  const path = join(cacheFolder(), name, key.digest('hex').slice(0, 16));
  if (existsSync(path)) return path;
  const made = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await make(made);
    await rename(made, path).catch((error: unknown) => {
      // Another run finished first: its result is as good as ours.
      if (!existsSync(path)) throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return path;
}
