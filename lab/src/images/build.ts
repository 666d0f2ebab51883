import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ImageSources,
  isthmusImage,
  isthmusImageName,
  labImages,
  type OtherIstioSources,
  operatorImage,
  otherIstioImages,
} from './catalog.ts';
import { fillContainerdRoot, shareContent } from './containerd-root.ts';
import { layerKey } from './layer.ts';
import { type ImageRecipe, writeLayout } from './layout.ts';
import { pruneImages, pruneSets } from './prune.ts';

export interface ImageOptions extends ImageSources {
  /** The lab's cache folder; the images lie in `images/` under it. */
  readonly cache: string;
}

export interface LabImages {
  /** An OCI layout with all of them, for the registry. */
  readonly layout: string;
  /** A containerd root with all of them imported and unpacked, for `cloneContainerdRoot`. Never run on it directly. */
  readonly containerdRoot: string;
  /** False where an earlier run's result was found. */
  readonly built: boolean;
}

/**
 * The images that every cluster starts with: pause, Istio's two and the apps. Built once for equal programs and apps,
 * kept under the cache, and found again in some tens of milliseconds.
 *
 * A cluster gets them by `cloneContainerdRoot(containerdRoot, <its containerd root>)` before its containerd starts:
 * a copy of hard links, where an import would unpack some 500 MB for each cluster. The registry serves the same
 * layout, so that a pull (a pod with pull policy Always) finds the same digests and downloads nothing.
 */
export async function buildLabImages(options: ImageOptions): Promise<LabImages> {
  const recipes = await labImages(options);
  const folder = join(options.cache, 'images', await imagesKey(recipes));
  const result = { layout: join(folder, 'oci'), containerdRoot: join(folder, 'containerd-root') };
  if (await isKept(folder)) return { ...result, built: false };
  const partial = `${folder}.${process.pid}`;
  const layout = join(partial, 'oci');
  try {
    await mkdir(layout, { recursive: true });
    await writeLayout(layout, storeOf(options), recipes);
    const work = join(partial, 'work');
    const root = join(partial, 'containerd-root');
    await fillContainerdRoot({ bin: options.bin, layout, root, work });
    await shareContent(layout, root);
    await rm(work, { recursive: true, force: true });
    await publish(partial, folder);
    await pruneImages(join(options.cache, 'images'), Date.now());
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return { ...result, built: true };
}

/**
 * The images of an Istio that no cluster starts with, as an OCI layout for the registry: nodes pull what differs from the
 * images that they have, which is the Istio's own programs.
 */
export async function buildIstioImages(options: ImageOptions & OtherIstioSources): Promise<string> {
  const recipes = await otherIstioImages(options);
  const sets = join(options.cache, 'istio-images');
  const folder = join(sets, await imagesKey(recipes));
  const layout = join(folder, 'oci');
  if (await isKept(folder)) return layout;
  const partial = `${folder}.${process.pid}`;
  try {
    await mkdir(join(partial, 'oci'), { recursive: true });
    await writeLayout(join(partial, 'oci'), storeOf(options), recipes);
    await publish(partial, folder);
    await pruneSets(sets, Date.now());
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return layout;
}

/** Whether a set of images is there; its time of change says when it was used last. */
async function isKept(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const now = new Date();
  await utimes(folder, now, now);
  return true;
}

export interface IsthmusImageOptions extends ImageOptions {
  readonly layout: string;
  /** `With`: the operator's image too, which is larger by istioctl. Left out, without. */
  readonly operator?: 'With' | undefined;
}

export interface IsthmusImage {
  /** An OCI layout with this image, for the registry. */
  readonly layout: string;
  /** The image's full name. */
  readonly name: string;
  readonly built: boolean;
}

/**
 * The image of the checkout's own build, written to `layout` (a folder of the lab's state, the same in every run: a
 * registry that serves it takes up the new image at once). It shares its base and Node layers with the apps, which
 * every cluster already has unpacked, so a pull moves only the bundle.
 */
export async function buildIsthmusImage(options: IsthmusImageOptions): Promise<IsthmusImage> {
  const own = await isthmusImage(options);
  const recipes = options.operator === 'With' ? [own, await operatorImage(options)] : [own];
  const note = join(options.layout, 'key');
  const key = await imagesKey(recipes);
  const result = { layout: options.layout, name: await isthmusImageName(options.checkout) };
  if ((await readFile(note, 'utf8').catch(() => '')) === key) return { ...result, built: false };
  await mkdir(options.layout, { recursive: true });
  await writeLayout(options.layout, storeOf(options), recipes);
  await writeFile(note, key);
  return { ...result, built: true };
}

/** Layers that any build made, by digest. */
function storeOf(options: ImageOptions): string {
  return join(options.cache, 'images/store');
}

/** Equal for equal images, whatever clone they are built from. */
async function imagesKey(recipes: readonly ImageRecipe[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { layers, ...rest } of recipes) {
    hash.update(JSON.stringify(rest));
    for (const layer of layers) hash.update(await layerKey(layer));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The finished folder under its name; another process that was faster wins. */
async function publish(partial: string, folder: string): Promise<void> {
  try {
    await rename(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
