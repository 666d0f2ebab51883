import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blobPath } from './blob.ts';
import { layerEntries, layerKey } from './layer.ts';
import { type ImageRecipe, layoutBlobs, readLayout, writeLayout, writeMultiPlatform } from './layout.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-layout-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const base = { name: 'base', items: [{ path: '/etc/group', text: 'root:x:0:\n' }] };

function image(name: string, text: string): ImageRecipe {
  return {
    names: [`docker.io/lab/${name}:1`, `example.test/${name}:latest`],
    layers: [base, { name, items: [{ path: `/app/${name}`, text }] }],
    entrypoint: [`/app/${name}`],
    user: '65532:65532',
  };
}

async function build(name: string, images: readonly ImageRecipe[]): Promise<string> {
  const layout = join(folder, name);
  await writeLayout(layout, join(folder, 'store'), images);
  return layout;
}

function json(layout: string, digest: string): Record<string, unknown> {
  return JSON.parse(readFileSync(blobPath(layout, digest), 'utf8')) as Record<string, unknown>;
}

describe('writeLayout', () => {
  test('every blob lies under its own digest, and sizes are right', async () => {
    const layout = await build('a', [image('one', '1'), image('two', '2')]);
    const blobs = await layoutBlobs(layout);
    expect(blobs.length).toBe(2 + 2 + 3);
    expect(readdirSync(join(layout, 'blobs/sha256')).length).toBe(blobs.length);
    for (const { digest, size } of blobs) {
      const bytes = readFileSync(blobPath(layout, digest));
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
      expect(bytes.length).toBe(size);
    }
  });

  test('an image carries its user, entry point and the digests of its uncompressed layers', async () => {
    const layout = await build('a', [image('one', '1')]);
    const [first] = await readLayout(layout);
    const manifest = json(layout, first?.digest ?? '');
    const layers = manifest.layers as { digest: string }[];
    const config = json(layout, (manifest.config as { digest: string }).digest);
    expect(config.rootfs).toEqual({ type: 'layers', diff_ids: layers.map((layer) => layer.digest) });
    expect(config.config).toMatchObject({ User: '65532:65532', Entrypoint: ['/app/one'] });
  });

  test('all names of an image mean the same manifest', async () => {
    const names = await readLayout(await build('a', [image('one', '1')]));
    expect(names.map((entry) => entry.name)).toEqual(['docker.io/lab/one:1', 'example.test/one:latest']);
    expect(new Set(names.map((entry) => entry.digest)).size).toBe(1);
  });

  test('a second build gives the same digests, and other content other ones', async () => {
    const digests = async (name: string, text: string): Promise<unknown> =>
      readLayout(await build(name, [image('one', text)]));
    expect(await digests('b', '1')).toEqual(await digests('a', '1'));
    expect(await digests('c', '2')).not.toEqual(await digests('a', '1'));
  });

  test('images share a layer as one file, within a layout and with the store', async () => {
    const layout = await build('a', [image('one', '1'), image('two', '2')]);
    const inodes = new Set(
      readdirSync(join(layout, 'blobs/sha256')).map((f) => statSync(join(layout, 'blobs/sha256', f)).ino),
    );
    const stored = readdirSync(join(folder, 'store/blobs/sha256')).map(
      (f) => statSync(join(folder, 'store/blobs/sha256', f)).ino,
    );
    expect(stored.length).toBe(3);
    expect(stored.every((inode) => inodes.has(inode))).toBe(true);
  });

  test('a folder without an index holds no images', async () => {
    expect(await readLayout(folder)).toEqual([]);
  });
});

describe('layers', () => {
  test('parent folders that nothing names are added, sorted before what is in them', async () => {
    const items = [
      { path: '/etc/proxy', folder: true, uid: 1337 } as const,
      { path: '/etc/proxy/file', text: '' },
      { path: '/bin/x', target: 'y' },
    ];
    const entries = await layerEntries({ name: 'l', items });
    expect(entries.map((entry) => [entry.path, entry.kind, entry.uid])).toEqual([
      ['bin', 'directory', undefined],
      ['bin/x', 'link', undefined],
      ['etc', 'directory', undefined],
      ['etc/proxy', 'directory', 1337],
      ['etc/proxy/file', 'bytes', undefined],
    ]);
  });

  test("the key follows a file's content and not the folder it lies in", async () => {
    const key = async (name: string, text: string): Promise<string> => {
      writeFileSync(join(folder, name), text);
      return await layerKey({ name: 'l', items: [{ path: '/x', source: join(folder, name) }] });
    };
    expect(await key('b', 'same')).toBe(await key('a', 'same'));
    expect(await key('b', 'else')).not.toBe(await key('a', 'same'));
  });

  test('a missing file names itself and the command that makes it', async () => {
    const items = [{ path: '/x', source: join(folder, 'missing') }];
    await expect(layerEntries({ name: 'l', items })).rejects.toMatchObject({
      code: 'file-unreadable',
      remedy: 'npx --no lab tools',
    });
  });
});

describe('writeMultiPlatform', () => {
  test('one name leads to an index of the images by their processors, and the layout holds all that they need', async () => {
    const layout = join(folder, 'platforms');
    const one = { ...image('one', '1'), names: ['example.test/one:1'] };
    const recipes = [
      { ...one, architecture: 'amd64' },
      { ...one, architecture: 'arm64' },
    ];
    const named = await writeMultiPlatform(layout, join(folder, 'store'), recipes);
    expect(await readLayout(layout)).toEqual([named]);
    expect(named.name).toBe('example.test/one:1');
    const { manifests } = json(layout, named.digest) as {
      readonly manifests: readonly { readonly digest: string; readonly platform: object }[];
    };
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ]);
    const needed = (await layoutBlobs(layout)).map(({ digest }) => digest.replace('sha256:', ''));
    expect(needed.toSorted()).toEqual(readdirSync(join(layout, 'blobs/sha256')).toSorted());
    // An index, a manifest and a configuration for each, and the layers that they share.
    expect(needed.length).toBe(1 + 2 + 2 + 2);
  });
});
