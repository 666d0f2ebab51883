import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../process/run.ts';
import { type BuildInputs, cacheKey } from '../tools/cache-key.ts';
import { buildFlags } from '../tools/programs.ts';
import { cacheFolder, toolsFolder } from '../tools/tool-paths.ts';

const moduleFolder = join(toolsFolder, 'adsclient');
const program = 'adsclient';

/** Ten minutes: some forty times what it takes cold on two cores. */
const buildTimeoutMs = 600_000;

/** Its own key, apart from the lab's other programs: those take ten minutes to build and do not depend on it. */
async function buildInputs(): Promise<BuildInputs> {
  const names = (await readdir(moduleFolder)).filter((name) => /\.(go|mod|sum)$/.test(name));
  const texts = await Promise.all(names.map(async (name) => [name, await readFile(join(moduleFolder, name), 'utf8')]));
  return { ...Object.fromEntries(texts), arch: process.arch, flags: buildFlags.join(' ') };
}

/** The path of the discovery client of this checkout, built where the cache does not have it yet. */
export async function builtClient(report: (line: string) => void): Promise<string> {
  const parent = join(cacheFolder(), program);
  const path = join(parent, cacheKey(await buildInputs()));
  if (await isFile(path)) return path;
  report(`building ${program}`);
  await mkdir(parent, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  try {
    await run('go', ['build', ...buildFlags, '-ldflags', '-s -w', '-o', unfinished, '.'], {
      cwd: moduleFolder,
      env: { CGO_ENABLED: '0', GOFLAGS: '' },
      timeoutMs: buildTimeoutMs,
    });
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
