import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How many sets of images stay: this checkout's, and some of its branches' or of other clones'. Each takes 0.8 GB. */
const kept = 3;
/** Milliseconds during which nothing is taken for abandoned: another process may be building. */
const grace = 3_600_000;

/**
 * Removes the sets of images used longest ago, what interrupted builds left, and stored layers that no image
 * has. `now` in milliseconds since the epoch.
 */
export async function pruneImages(images: string, now: number): Promise<void> {
  await pruneSets(images, now);
  await pruneStore(join(images, 'store'), now);
}

/** Removes those alone of a folder of sets. */
export async function pruneSets(images: string, now: number): Promise<void> {
  const sets: { readonly path: string; readonly used: number; readonly complete: boolean }[] = [];
  for (const entry of await readdir(images, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'store') continue;
    const path = join(images, entry.name);
    sets.push({ path, used: (await stat(path)).mtimeMs, complete: !entry.name.includes('.') });
  }
  const complete = sets.filter((set) => set.complete).sort((a, b) => b.used - a.used);
  const abandoned = sets.filter((set) => !set.complete && now - set.used > grace);
  for (const { path } of [...complete.slice(kept), ...abandoned]) await rm(path, { recursive: true, force: true });
}

/** A layer that is in an image has a second link, in that image's layout. */
async function pruneStore(store: string, now: number): Promise<void> {
  const folder = join(store, 'blobs/sha256');
  for (const name of await readdir(folder)) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found === undefined || found.nlink > 1 || now - found.ctimeMs < grace) continue;
    await rm(join(folder, name), { force: true });
  }
}
