import { lstat, mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join, normalize, resolve, sep } from 'node:path';
import { z } from 'zod';
import { IsthmusError } from '../../base/error.ts';
import { unwritable } from '../../base/unwritable.ts';
import { writeWholeFile } from '../../base/whole-file.ts';

/** Names what an earlier render wrote: nothing else in the folder is ever overwritten or removed. */
const markerName = '.isthmus-render.json';
const marker = z.strictObject({ version: z.literal(1), files: z.array(z.string().max(4096)).max(1_000_000) });

export interface FolderChanges {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  /** Of an earlier render, and no longer wanted. */
  readonly removed: readonly string[];
}

/**
 * Makes the folder hold these files (paths with `/`), and nothing more of what an earlier render wrote. Links in it, which
 * may come from a repository of others, are not followed: `conflict` names one, before anything is written.
 */
export async function writeFolder(folder: string, files: ReadonlyMap<string, string>): Promise<FolderChanges> {
  await requireNoLinks(folder, [markerName, ...files.keys()]);
  const earlier = await readMarker(folder);
  await requireNoLinks(folder, [...earlier]);
  const present = new Map(
    await Promise.all([...files.keys()].map(async (path) => [path, await readIfThere(join(folder, path))] as const)),
  );
  const foreign = [...files].find(([path, text]) => {
    const found = present.get(path);
    return found !== undefined && found !== text && !earlier.has(path);
  });
  if (foreign !== undefined) throw notOurs(join(folder, foreign[0]));
  const removed = [...earlier].filter((path) => !files.has(path)).toSorted();
  const written = [...files].filter(([path, text]) => present.get(path) !== text);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw unwritable(folder, error);
  });
  // Before the first file: an interrupted render leaves nothing that the next one does not know.
  await writeMarker(folder, [...files.keys(), ...removed]);
  for (const [path, text] of written) await writeWhole(join(folder, path), text);
  for (const path of removed) await removeFile(folder, path);
  await writeMarker(folder, [...files.keys()]);
  const paths = written.map(([path]) => path);
  return { written: paths, unchanged: [...files.keys()].filter((path) => !paths.includes(path)), removed };
}

async function readMarker(folder: string): Promise<ReadonlySet<string>> {
  const text = await readIfThere(join(folder, markerName));
  if (text === undefined) return new Set();
  const parsed = marker.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new IsthmusError(
      'file-unreadable',
      `${join(folder, markerName)} cannot be read: it is not as a render wrote it`,
      {
        remedy: 'restore it (from Git, say), or render into an empty folder',
      },
    );
  }
  return new Set(parsed.data.files.filter((path) => isWithin(folder, path)));
}

async function writeMarker(folder: string, paths: readonly string[]): Promise<void> {
  const files = [...new Set(paths)].toSorted();
  await writeWhole(join(folder, markerName), `${JSON.stringify({ version: 1, files }, null, 2)}\n`);
}

function isWithin(folder: string, path: string): boolean {
  return resolve(folder, path).startsWith(`${resolve(folder)}${sep}`);
}

async function removeFile(folder: string, path: string): Promise<void> {
  await rm(join(folder, path), { force: true });
  // Folders that this empties go too.
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    const isGone = await rmdir(join(folder, parent)).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWholeFile(path, text, { mode: 0o666 & ~process.umask(), lasts: 'Cached' });
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** The files and every folder between them and the rendered one. */
async function requireNoLinks(folder: string, paths: readonly string[]): Promise<void> {
  const all = new Set(paths.flatMap((path) => wayTo(path)));
  for (const path of all) {
    const found = await lstat(join(folder, path)).catch(() => undefined);
    if (found?.isSymbolicLink() !== true) continue;
    throw new IsthmusError(
      'conflict',
      `${join(folder, path)} is a link, and links are not followed; nothing was written`,
      {
        remedy: 'remove it, or render into another folder',
      },
    );
  }
}

/** `a`, `a/b` and `a/b/c` for `a/b/c`. */
function wayTo(path: string): readonly string[] {
  const parts = normalize(path).split(sep);
  return parts.map((_, index) => parts.slice(0, index + 1).join(sep));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new IsthmusError('file-unreadable', `${path} cannot be read`, {
      cause,
      remedy: 'render into another folder',
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notOurs(path: string): IsthmusError {
  return new IsthmusError('conflict', `${path} is not a file that a render wrote; nothing was written`, {
    remedy: 'move it away, or render into a folder of its own',
  });
}
