import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, tryRun } from '../process/run.ts';
import { debianPackages } from './programs.ts';

/** Those Debian packages that this machine lacks, of the lab's or of others; none where there is no dpkg to ask. */
export async function missingPackages(wanted: readonly string[] = debianPackages): Promise<string[]> {
  const field = (name: string): string => `$\{${name}}`;
  const format = `${field('Package')} ${field('db:Status-Status')}\n`;
  const asked = await tryRun('dpkg-query', ['-W', '-f', format, ...wanted]);
  const installed = new Set(
    asked.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return wanted.filter((name) => !installed.has(name));
}

/** Installs Debian packages without asking anything; refreshes apt's lists only where that is needed. */
export async function installPackages(names: readonly string[], logFile: string): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 600_000, logFile };
  const install = ['install', '-y', '-q', '--no-install-recommends', ...names];
  const first = await tryRun('apt-get', install, options);
  if (first.code === 0) return;
  await run('apt-get', ['update', '-q'], options);
  await run('apt-get', install, options);
}

/**
 * Unpacks Debian packages into a folder of their own without installing them: their programs are there and no service starts.
 * Gives the folder, which is made once for each list of packages.
 */
export async function unpackPackages(names: readonly string[], cache: string): Promise<string> {
  return await unpacked(join(cache, 'debian', names.join('+')), async (work) => {
    const options = { cwd: work, timeoutMs: 600_000 };
    const download = ['download', '-q', ...names];
    if ((await tryRun('apt-get', download, options)).code === 0) return;
    await run('apt-get', ['update', '-q'], options);
    await run('apt-get', download, options);
  });
}

/** The same of another architecture, by lists of its own: what the machine knows of packages stays as it is. */
export async function unpackForeignPackages(
  names: readonly string[],
  architecture: string,
  cache: string,
): Promise<string> {
  return await unpacked(join(cache, `debian-${architecture}`, names.join('+')), async (work) => {
    const state = `${work}.apt`;
    await mkdir(join(state, 'lists/partial'), { recursive: true });
    await mkdir(join(state, 'archives/partial'), { recursive: true });
    await writeFile(join(state, 'status'), '');
    const settings = [
      `APT::Architecture=${architecture}`,
      `APT::Architectures=${architecture}`,
      `Dir::State::lists=${state}/lists`,
      `Dir::State::status=${state}/status`,
      `Dir::Cache=${state}`,
    ].flatMap((setting) => ['-o', setting]);
    try {
      const options = { cwd: work, timeoutMs: 600_000 };
      await run('apt-get', [...settings, 'update', '-q'], options);
      await run('apt-get', [...settings, 'download', '-q', ...names], options);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });
}

async function unpacked(folder: string, download: (work: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  const work = `${folder}.${process.pid}`;
  await mkdir(work, { recursive: true });
  await download(work);
  for (const file of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', file, '.'], { cwd: work, timeoutMs: 600_000 });
    await rm(join(work, file));
  }
  // Whoever else made it in the meantime made the same.
  await rename(work, folder).catch(async (error: unknown) => {
    await rm(work, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}
