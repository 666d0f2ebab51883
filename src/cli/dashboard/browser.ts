import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const programs: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', linux: 'xdg-open' };

/**
 * Opens the link in the user's browser, where this platform has a program for that. Every user of a machine sees the words of
 * its processes, so the program is given a file that the user alone can read, and that leads to the link. Disposing the result
 * removes the file; undefined where no program was started.
 */
export async function openBrowser(link: string, platform: NodeJS.Platform): Promise<AsyncDisposable | undefined> {
  const program = programs[platform];
  if (program === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-dashboard-'));
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  const file = join(folder, 'open.html');
  await writeFile(file, redirect(link), { mode: 0o600 });
  const isStarted = await new Promise<boolean>((resolve) => {
    // The program may live as long as the browser does.
    const child = spawn(program, [file], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
    child.unref();
  });
  if (isStarted) return { [Symbol.asyncDispose]: remove };
  await remove();
  return undefined;
}

/** A page that leads to a link of ours, which has no letter that HTML knows. */
export function redirect(link: string): string {
  return `<!doctype html><title>Isthmus</title><meta http-equiv="refresh" content="0; url=${link}">\n`;
}
