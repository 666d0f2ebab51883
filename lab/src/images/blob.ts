import { createHash, randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What an OCI document says of a blob: `sha256:<hex>` and its length in bytes. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
}

/** Where a blob lies in an OCI layout's folder. */
export function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', digest.replace(':', '/'));
}

/** Writes the chunks into the layout under the name of their digest. Safe beside another writer of the same blob. */
export async function storeBlob(
  layout: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Blob> {
  const folder = join(layout, 'blobs/sha256');
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `.${randomUUID()}`);
  const hash = createHash('sha256');
  let size = 0;
  try {
    await using file = await open(partial, 'wx');
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
    const digest = `sha256:${hash.digest('hex')}`;
    await rename(partial, blobPath(layout, digest));
    return { digest, size };
  } finally {
    await rm(partial, { force: true });
  }
}

/** The document as JSON text in the layout. */
export async function storeJson(layout: string, document: object): Promise<Blob> {
  return await storeBlob(layout, [Buffer.from(JSON.stringify(document))]);
}

/** Puts a blob of one layout into another, as a hard link: both lie in the same cache or state folder. */
export async function shareBlob(from: string, to: string, digest: string): Promise<void> {
  const target = blobPath(to, digest);
  await mkdir(join(to, 'blobs/sha256'), { recursive: true });
  await link(blobPath(from, digest), target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return;
    if (error.code !== 'EXDEV') throw error;
    await copyFile(blobPath(from, digest), target);
  });
}

/** True where the layout holds the blob at its full length. */
export async function hasBlob(layout: string, blob: Blob): Promise<boolean> {
  const found = await stat(blobPath(layout, blob.digest)).catch(() => undefined);
  return found?.size === blob.size;
}
