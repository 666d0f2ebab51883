import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { layerEntries } from '../../lab/src/images/layer.ts';
import { type ImageRecipe, layoutArchive, writeLayout, writeMultiPlatform } from '../../lab/src/images/layout.ts';
import { tarStream } from '../../lab/src/images/tar.ts';

export interface WrittenImage {
  readonly name: string;
  readonly digest: string;
}

/** Writes an image as an OCI archive, which every runtime and registry tool takes; of several recipes one for several processors. */
export async function writeImageArchive(file: string, recipes: readonly ImageRecipe[]): Promise<WrittenImage> {
  const work = await mkdtemp(join(tmpdir(), 'isthmus-image-'));
  try {
    const layout = join(work, 'oci');
    const store = join(work, 'store');
    await mkdir(layout);
    const image =
      recipes.length > 1
        ? await writeMultiPlatform(layout, store, recipes)
        : (await writeLayout(layout, store, recipes)).at(0);
    if (image === undefined) throw new Error('no image was made');
    await pipeline(Readable.from(tarStream(await layoutArchive(layout))), createWriteStream(file));
    return image;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Writes the files of an image into a folder, for a Dockerfile that copies them. */
export async function writeImageFiles(folder: string, { layers }: ImageRecipe): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const layer of layers) {
    const tar = spawn('tar', ['-xf', '-', '-C', folder], { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = new Promise<number | null>((done, failed) => tar.on('error', failed).on('close', done));
    await pipeline(Readable.from(tarStream(await layerEntries(layer))), tar.stdin);
    if ((await ended) !== 0) throw new Error(`the files of the layer ${layer.name} cannot be written to ${folder}`);
  }
}
