import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import { isJsonObject, type Json } from '../../../src/base/json.ts';
import { type Blob, hasBlob, storeBlob } from './blob.ts';
import { type Owned, type TarEntry, tarStream } from './tar.ts';

/** One thing a layer puts into an image: a file of this machine, a text, a link or a folder. Paths are absolute. */
export type LayerItem = Owned & {
  readonly path: string;
} /** `identity` stands for the content in the cache's keys where a cheaper or truer one than size and time is known. */ & (
    | { readonly source: string; readonly mode?: number; readonly identity?: string }
    | { readonly text: string; readonly mode?: number }
    /** A text that is only made when the layer is built. */
    | { readonly make: () => Promise<string>; readonly identity: string; readonly mode?: number }
    | { readonly target: string }
    | { readonly folder: true; readonly mode?: number }
  );

/** A layer as it is to be built; images share a layer by naming the same one. */
export interface LayerRecipe {
  readonly name: string;
  readonly items: readonly LayerItem[];
}

/** The items as sorted archive entries, with every parent folder that no item names (root, 0755). */
export async function layerEntries(recipe: LayerRecipe): Promise<readonly TarEntry[]> {
  const entries = new Map<string, TarEntry>();
  for (const item of recipe.items) {
    const path = posix.normalize(item.path).replace(/^\//, '').replace(/\/$/, '');
    entries.set(path, await entryOf(item, path));
  }
  for (const path of [...entries.keys()]) {
    for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
      if (!entries.has(parent)) entries.set(parent, { kind: 'directory', path: parent, mode: 0o755 });
    }
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function entryOf(item: LayerItem, path: string): Promise<TarEntry> {
  const owner = { ...(item.uid !== undefined && { uid: item.uid }), ...(item.gid !== undefined && { gid: item.gid }) };
  if ('target' in item) return { kind: 'link', path, target: item.target, ...owner };
  if ('folder' in item) return { kind: 'directory', path, mode: item.mode ?? 0o755, ...owner };
  if ('text' in item) return { kind: 'bytes', path, mode: item.mode ?? 0o644, bytes: Buffer.from(item.text), ...owner };
  if ('make' in item) {
    return { kind: 'bytes', path, mode: item.mode ?? 0o644, bytes: Buffer.from(await item.make()), ...owner };
  }
  const found = await stat(item.source).catch((cause: unknown) => {
    throw new IsthmusError('file-unreadable', `${item.source}, which goes into an image, cannot be read`, {
      cause,
      remedy: 'npx --no lab tools',
    });
  });
  return { kind: 'file', path, mode: item.mode ?? 0o755, source: item.source, size: found.size, ...owner };
}

/** Files up to this many bytes count by their content in a layer's key. */
const hashedSize = 1 << 20;

/**
 * A text that changes whenever the layer's bytes could, and is equal in every clone: small files by content, large
 * ones by size and time of change, because hashing some 500 MB of programs would cost more than a second in every run.
 */
export async function layerKey(recipe: LayerRecipe): Promise<string> {
  const hash = createHash('sha256');
  for (const item of recipe.items) {
    const { source, ...rest } = 'source' in item ? item : { ...item, source: undefined };
    hash.update(JSON.stringify(rest));
    if (source !== undefined && !('identity' in rest)) hash.update(await fileIdentity(source));
  }
  return hash.digest('hex').slice(0, 32);
}

async function fileIdentity(source: string): Promise<string | Uint8Array> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) return 'missing';
  if (found.size > hashedSize) return `${found.size} ${found.mtimeMs}`;
  return createHash('sha256')
    .update(await readFile(source))
    .digest();
}

/** Builds the layer into the store, or finds it there from an earlier run. */
export async function buildLayer(store: string, recipe: LayerRecipe): Promise<Blob> {
  const note = join(store, 'layers', `${recipe.name}-${await layerKey(recipe)}.json`);
  const known = parseBlob(await readFile(note, 'utf8').catch(() => 'null'));
  if (known !== undefined && (await hasBlob(store, known))) return known;
  const blob = await storeBlob(store, tarStream(await layerEntries(recipe)));
  await mkdir(join(store, 'layers'), { recursive: true });
  await writeFile(`${note}.${process.pid}`, JSON.stringify(blob));
  await rename(`${note}.${process.pid}`, note);
  return blob;
}

function parseBlob(text: string): Blob | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value) || typeof value.digest !== 'string' || typeof value.size !== 'number') return undefined;
  return { digest: value.digest, size: value.size };
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
