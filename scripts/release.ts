import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { foreignImage, standaloneImage } from '../lab/src/images/catalog.ts';
import { ownArchitecture } from '../lab/src/images/layout.ts';
import { cacheFolder } from '../lab/src/tools/tool-paths.ts';
import { chartFiles } from './docs/operator-chart.ts';
import { pinnedImage } from './pinned-image.ts';
import { type Packed, writeArchive } from './release/archive.ts';
import { type Arm64Platform, arm64Platform } from './release/arm64.ts';
import { writeExecutable } from './release/executable.ts';
import { sha256, sumsFile, writeSums } from './release/files.ts';
import { writeImageArchive } from './release/image.ts';
import { type KrewArchive, krewManifest } from './release/krew.ts';
import { billOfMaterials } from './release/sbom.ts';
import { run, runNode } from './run.ts';
import { thirdPartyText } from './third-party.ts';

const checkout = resolve(import.meta.dirname, '..');

interface ReleaseOptions {
  /** Where the files go; what is there is removed. */
  readonly folder: string;
  /** The repository to which the image will be pushed: the packages then ask for it by its digest. */
  readonly repository?: string | undefined;
  /** Where the archives will be fetched from. */
  readonly url?: string | undefined;
}

interface Release extends ReleaseOptions {
  readonly root: string;
  readonly version: string;
  readonly arm64: Arm64Platform;
}

/** Builds every file of a release from the sources in `root`, and their digests. */
async function release(root: string, options: ReleaseOptions): Promise<string> {
  if (ownArchitecture !== 'amd64') throw new Error('a release is built on an amd64 machine');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const made = { ...options, root, version, arm64: await arm64Platform(root, cacheFolder()) };
  await rm(options.folder, { recursive: true, force: true });
  await mkdir(options.folder, { recursive: true });
  const pin = await makePackageAndImage(made);
  const { archives, bundled } = await makeExecutables(made, pin);
  const chart = [...chartFiles()].map(([path, text]) => ({ path, text }));
  await writeArchive(join(options.folder, `isthmus-operator-${version}.tgz`), 'isthmus-operator', chart);
  await writeFile(join(options.folder, 'isthmus.yaml'), krewManifest(version, archives));
  await writeFile(join(options.folder, `isthmus-${version}.cdx.json`), await billOfMaterials(root, bundled));
  return await writeSums(options.folder);
}

/** The image comes first: what is packed afterwards asks for it by its digest where a repository is named. */
async function makePackageAndImage({ root, folder, version, arm64, repository }: Release): Promise<string | undefined> {
  const build = async (image: string): Promise<string> =>
    await runNode(['scripts/build.ts'], root, { ISTHMUS_IMAGE: image });
  await build('');
  const recipes = [await standaloneImage(root), await foreignImage(root, arm64)];
  const { digest } = await writeImageArchive(join(folder, `isthmus-image-${version}.tar`), recipes);
  const image = repository === undefined ? undefined : `${repository}@${digest}`;
  if (image !== undefined) await build(image);
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root);
  return image === undefined ? undefined : pinnedImage(image);
}

async function makeExecutables(
  { root, folder, version, arm64, url = `https://isthmus.invalid/v${version}` }: Release,
  image: string | undefined,
): Promise<{ readonly archives: readonly KrewArchive[]; readonly bundled: readonly string[] }> {
  const platforms = [
    { arch: 'amd64', node: join(root, 'node_modules/node/bin/node'), compiled: true },
    { arch: 'arm64', node: arm64.node, compiled: false },
  ];
  const work = await mkdtemp(join(tmpdir(), 'isthmus-release-'));
  const archives: KrewArchive[] = [];
  let bundled: readonly string[] = [];
  try {
    for (const { arch, node, compiled } of platforms) {
      const program = join(work, arch);
      bundled = await writeExecutable(program, { root, node, compiled, image });
      const name = `isthmus-${version}-linux-${arch}.tar.gz`;
      const papers: readonly Packed[] = [
        ...['LICENSE', 'NOTICE', 'schemas/MeshFile.json'].map((path) => ({ path, source: join(root, path) })),
        { path: 'LICENSE-NODE', source: arm64.licence },
        { path: 'THIRD-PARTY.txt', text: await thirdPartyText(root, bundled) },
      ];
      await writeArchive(join(folder, name), '', [{ path: 'isthmus', mode: 0o755, source: program }, ...papers]);
      archives.push({ os: 'linux', arch, url: `${url}/${name}`, sha256: await sha256(join(folder, name)) });
    }
    return { archives, bundled };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Builds the release once more from a copy of the sources elsewhere; throws where a file is not the same. */
async function checkReproducible(options: ReleaseOptions, sums: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'isthmus-again-'));
  try {
    const root = join(work, 'source');
    // What git leaves out, by its place: a folder inside may have the same name.
    const left = new Set(['node_modules', '.git', 'dist', 'lab/node_modules', relative(checkout, options.folder)]);
    await cp(checkout, root, { recursive: true, filter: (path) => !left.has(relative(checkout, path)) });
    await symlink(join(checkout, 'node_modules'), join(root, 'node_modules'));
    const again = await release(root, { ...options, folder: join(work, 'release') });
    const lines = new Set(again.split('\n'));
    const other = sums.split('\n').filter((line) => !lines.has(line));
    if (other.length > 0) throw new Error(`a second build gives other files:\n${other.join('\n')}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, repository: { type: 'string' }, url: { type: 'string' } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? join(checkout, 'release'));
const wanted = { folder, repository: values.repository || undefined, url: values.url || undefined };
const sums = await release(checkout, wanted);
process.stdout.write(sums);
if (values.check === true) {
  await checkReproducible(wanted, sums);
  process.stdout.write(`${join(folder, sumsFile)}: a second build from a copy of the sources gave the same files\n`);
}
