import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { standaloneImage } from '../lab/src/images/catalog.ts';
import { layoutArchive, writeLayout } from '../lab/src/images/layout.ts';
import { tarStream } from '../lab/src/images/tar.ts';

const root = resolve(import.meta.dirname, '..');

/** Makes the image of the build in dist/ as an OCI archive, which every runtime and registry tool takes. */
async function makeImage(file: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'isthmus-image-'));
  try {
    const layout = join(work, 'oci');
    await mkdir(layout);
    const [image] = await writeLayout(layout, join(work, 'store'), [await standaloneImage(root)]);
    if (image === undefined) throw new Error('no image was made');
    await pipeline(Readable.from(tarStream(await layoutArchive(layout))), createWriteStream(file));
    process.stdout.write(`${file}: ${image.name}, ${image.digest}\n`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

await makeImage(resolve(process.argv[2] ?? 'isthmus-image.tar'));
