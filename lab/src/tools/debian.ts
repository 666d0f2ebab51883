import { run, tryRun } from '../process/run.ts';
import { debianPackages } from './programs.ts';

/** Those of the lab's Debian packages that this machine lacks; none where there is no dpkg to ask. */
export async function missingPackages(): Promise<string[]> {
  const field = (name: string): string => `$\{${name}}`;
  const format = `${field('Package')} ${field('db:Status-Status')}\n`;
  const asked = await tryRun('dpkg-query', ['-W', '-f', format, ...debianPackages]);
  const installed = new Set(
    asked.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return debianPackages.filter((name) => !installed.has(name));
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
