import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RenderCache } from './renderer.ts';

/**
 * One entry is about 0.65 MB at most, and each cluster has one or two; the oldest go first. Where one fewer is kept than are
 * asked for in turn, none is ever found.
 */
const entryLimit = 256;

/**
 * Keeps rendered text in a folder, made on first use and readable by its owner alone. An entry is a line with the
 * SHA-256 of the rest; one that does not fit it, e.g. after a full disk, counts as absent.
 */
export function createCacheFolder(folder: string): RenderCache {
  return {
    async get(key) {
      try {
        const entry = await readFile(join(folder, key), 'utf8');
        const end = entry.indexOf('\n');
        const value = entry.slice(end + 1);
        return entry.slice(0, end) === digest(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    async put(key, value) {
      const draft = join(folder, `.${randomUUID()}`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(draft, `${digest(value)}\n${value}`, { mode: 0o600 });
        // A reader sees the whole entry or none.
        await rename(draft, join(folder, key));
        await removeOldest(folder);
      } catch {
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },
  };
}

async function removeOldest(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= entryLimit) return;
  const entries = await Promise.all(
    names.map(async (name) => ({ name, written: (await stat(join(folder, name))).mtimeMs })),
  );
  const oldest = entries.sort((a, b) => a.written - b.written).slice(0, names.length - entryLimit);
  await Promise.all(oldest.map(({ name }) => rm(join(folder, name), { force: true })));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
