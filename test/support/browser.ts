import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { installPackages, missingPackages } from '../../lab/src/tools/debian.ts';
import { cacheFolder } from '../../lab/src/tools/tool-paths.ts';
import { type RunningProgram, startProgram } from './program.ts';

/** Debian's Chromium, which is installed where this machine lacks it. */
export async function startBrowser(): Promise<Browser> {
  const missing = await missingPackages(['chromium']);
  if (missing.length > 0) {
    await mkdir(cacheFolder(), { recursive: true });
    await installPackages(missing, join(cacheFolder(), 'browser.log'));
  }
  // As root, and in a container, it cannot make the namespaces of its sandbox; it opens our own pages alone.
  return await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--headless=new'] });
}

/** A dashboard that runs. Disposing it interrupts the command, and waits for its end. */
export interface RunningDashboard extends AsyncDisposable {
  readonly link: string;
  readonly origin: string;
  readonly running: RunningProgram;
}

/** Runs `isthmus dashboard` of a program and gives the link that it prints. */
export async function startDashboard(program: string, args: readonly string[], cwd: string): Promise<RunningDashboard> {
  const words = [program, 'dashboard', '--no-open', ...args];
  const running = startProgram(process.execPath, words, { cwd, timeoutMs: 600_000 });
  const pattern = /^http:\/\/127\.0\.0\.1:\d+\/#\S+(?=\n)/m;
  const link = pattern.exec(await running.said(pattern))?.[0] ?? '';
  return {
    link,
    origin: new URL(link).origin,
    running,
    async [Symbol.asyncDispose]() {
      running.kill('SIGINT');
      await running.result;
    },
  };
}
