import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type Json } from '../../../src/base/json.ts';
import { type Blob, blobPath, shareBlob, storeJson } from './blob.ts';
import { buildLayer, type LayerRecipe } from './layer.ts';
import type { TarEntry } from './tar.ts';

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

/** The processors of this machine, as OCI names them. */
export const ownArchitecture: string = process.arch === 'x64' ? 'amd64' : process.arch;

/** An image as it is to be built. All its names (registry, repository, tag: always in full) mean the same bytes. */
export interface ImageRecipe {
  readonly names: readonly string[];
  readonly layers: readonly LayerRecipe[];
  readonly entrypoint: readonly string[];
  /** `uid:gid`; a pod that demands a user other than root is only admitted with a number here. */
  readonly user: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Left out: that of this machine. */
  readonly architecture?: string;
}

/** One name of a layout's index. */
export interface NamedManifest extends Blob {
  readonly name: string;
}

/**
 * Builds the images into an OCI layout at `layout`. Layers are built in `store` (a layout without an index, kept
 * between runs) and shared into the layout as hard links. The index is written last, so a reader never sees a name
 * without its blobs.
 */
export async function writeLayout(
  layout: string,
  store: string,
  images: readonly ImageRecipe[],
): Promise<readonly NamedManifest[]> {
  const manifests: NamedManifest[] = [];
  for (const image of images) {
    const layers: Blob[] = [];
    for (const recipe of image.layers) {
      const blob = await buildLayer(store, recipe);
      await shareBlob(store, layout, blob.digest);
      layers.push(blob);
    }
    const manifest = await writeImage(layout, image, layers);
    manifests.push(...image.names.map((name) => ({ name, ...manifest })));
  }
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeIndex(layout, indexOf(manifests));
  return manifests;
}

/**
 * Builds one image for several kinds of processors: the layout names an index, from which each machine takes the image of its
 * own. The recipes differ in their architectures.
 */
export async function writeMultiPlatform(
  layout: string,
  store: string,
  images: readonly ImageRecipe[],
): Promise<NamedManifest> {
  const manifests = await writeLayout(layout, store, images);
  const platforms = manifests.map(({ digest, size }, index) => {
    const architecture = images[index]?.architecture ?? ownArchitecture;
    return { mediaType: manifestType, digest, size, platform: { architecture, os: 'linux' } };
  });
  const blob = await storeJson(layout, { schemaVersion: 2, mediaType: indexType, manifests: platforms });
  const named = { name: manifests[0]?.name ?? '', ...blob };
  await writeIndex(layout, indexOf([named], indexType));
  return named;
}

async function writeIndex(layout: string, index: object): Promise<void> {
  const partial = join(layout, `index.json.${process.pid}`);
  await writeFile(partial, JSON.stringify(index));
  await rename(partial, join(layout, 'index.json'));
}

async function writeImage(layout: string, image: ImageRecipe, layers: readonly Blob[]): Promise<Blob> {
  const environment = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...image.environment };
  const config = await storeJson(layout, {
    architecture: image.architecture ?? ownArchitecture,
    os: 'linux',
    config: {
      User: image.user,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      Entrypoint: image.entrypoint,
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  });
  return await storeJson(layout, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, ...config },
    layers: layers.map((layer) => ({ mediaType: layerType, ...layer })),
  });
}

function indexOf(manifests: readonly NamedManifest[], mediaType: string = manifestType): object {
  return {
    schemaVersion: 2,
    mediaType: indexType,
    manifests: manifests.map(({ name, digest, size }) => ({
      mediaType,
      digest,
      size,
      // containerd takes an image's whole name from the first, other tools from the second.
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
    })),
  };
}

/** The names in a layout's index; none where there is no layout. */
export async function readLayout(layout: string): Promise<readonly NamedManifest[]> {
  const text = await readFile(join(layout, 'index.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const index = JSON.parse(text) as Json;
  const manifests = isJsonObject(index) && Array.isArray(index.manifests) ? (index.manifests as readonly Json[]) : [];
  return manifests.flatMap((manifest) => {
    if (!isJsonObject(manifest) || !isJsonObject(manifest.annotations)) return [];
    const name = manifest.annotations['io.containerd.image.name'];
    const { digest, size } = manifest;
    if (typeof name !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return [];
    return [{ name, digest, size }];
  });
}

/** Every digest that the layout's images are made of, each once: indexes, manifests, configs and layers. */
export async function layoutBlobs(layout: string): Promise<readonly Blob[]> {
  const blobs = new Map<string, Blob>();
  const documents: Blob[] = [...(await readLayout(layout))];
  for (let next = documents.shift(); next !== undefined; next = documents.shift()) {
    blobs.set(next.digest, { digest: next.digest, size: next.size });
    const document = JSON.parse(await readFile(blobPath(layout, next.digest), 'utf8')) as Json;
    if (!isJsonObject(document)) continue;
    for (const part of blobsOf(document.config, document.layers)) blobs.set(part.digest, part);
    documents.push(...blobsOf(undefined, document.manifests));
  }
  return [...blobs.values()];
}

function blobsOf(one: Json | undefined, list: Json | undefined): readonly Blob[] {
  return [one, ...(Array.isArray(list) ? (list as readonly Json[]) : [])].flatMap((part) => {
    if (!isJsonObject(part) || typeof part.digest !== 'string' || typeof part.size !== 'number') return [];
    return [{ digest: part.digest, size: part.size }];
  });
}

/** The layout as one archive's entries, as `ctr images import` reads them. */
export async function layoutArchive(layout: string): Promise<readonly TarEntry[]> {
  const blobs = await layoutBlobs(layout);
  const index = await readFile(join(layout, 'index.json'));
  return [
    { kind: 'bytes', path: 'oci-layout', mode: 0o644, bytes: await readFile(join(layout, 'oci-layout')) },
    { kind: 'bytes', path: 'index.json', mode: 0o644, bytes: index },
    ...blobs.map(({ digest, size }) => ({
      kind: 'file' as const,
      path: `blobs/${digest.replace(':', '/')}`,
      mode: 0o644,
      source: blobPath(layout, digest),
      size,
    })),
  ];
}
