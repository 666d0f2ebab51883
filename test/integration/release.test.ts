import { readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { endedWith } from '../support/cli.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { runProgram } from '../support/program.ts';
import { buildahIn, krewProgram, runOnArm64, startRegistry } from '../support/release-tools.ts';

const { version }: { version: string } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
const registry = 'registry.example/isthmus';

let folder: string;
let source: string;
let release: string;
let site: TestLab;

/** Everything is built twice, which takes minutes on a machine that works on other things. */
const buildTimeoutMs = 1_500_000;

interface Where {
  readonly timeoutMs?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

async function output(
  file: string,
  args: readonly string[],
  { cwd = folder, env, timeoutMs = 600_000 }: Where = {},
): Promise<string> {
  const options = { cwd, timeoutMs, ...(env === undefined ? {} : { env }) };
  return endedWith(0, await runProgram(file, args, options)).stdout.trim();
}

/** What an archive holds, in a folder of its own. */
async function unpack(archive: string): Promise<string> {
  const target = await mkdtemp(join(folder, 'unpacked-'));
  await output('tar', ['-xf', join(release, archive), '-C', target]);
  return target;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-release-'));
  source = join(folder, 'source');
  release = join(folder, 'release');
  // What git leaves out; another build in the checkout cannot disturb a copy.
  const made = new Set(['node_modules', '.git', 'dist', 'release']);
  await cp(checkout, source, { recursive: true, filter: (path) => !made.has(relative(checkout, path)) });
  await symlink(join(checkout, 'node_modules'), join(source, 'node_modules'));
  const said = await output(process.execPath, ['scripts/release.ts', release, '--check', '--repository', registry], {
    cwd: source,
    timeoutMs: buildTimeoutMs,
  });
  // Two builds in two places, compared by the script itself.
  expect(said.split('\n').at(-1)).toMatch(/SHA256SUMS: a second build from a copy of the sources gave the same files$/);
  site = await startTestLab({
    name: 'int-release',
    clusters: [{ name: 'west', network: 'us' }],
    controlPlaneOnly: true,
  });
}, buildTimeoutMs + 300_000);

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('a release has every package, and their digests', async () => {
  const packages = [
    `isthmus-${version}-linux-amd64.tar.gz`,
    `isthmus-${version}-linux-arm64.tar.gz`,
    `isthmus-${version}.cdx.json`,
    `isthmus-${version}.tgz`,
    `isthmus-image-${version}.tar`,
    `isthmus-operator-${version}.tgz`,
    'isthmus.yaml',
  ];
  expect(readdirSync(release).toSorted()).toEqual(['SHA256SUMS', ...packages]);
  const checked = await output('sha256sum', ['--check', 'SHA256SUMS'], { cwd: release });
  expect(checked.split('\n')).toEqual(packages.map((name) => `${name}: OK`));
});

describe('the executable', () => {
  let program: string;
  beforeAll(async () => {
    program = join(await unpack(`isthmus-${version}-linux-amd64.tar.gz`), 'isthmus');
  });

  test('states its version, describes its commands and predicts, without a Node on PATH', async () => {
    const env = { PATH: '/nowhere', HOME: folder };
    expect(await output(program, ['--version'], { env })).toBe(version);
    expect(await output(program, ['help', 'plan'], { env })).toContain('isthmus plan [FLAGS]');
    expect(await output(program, ['explain', 'mesh.spec.istio'], { env })).toContain('version');
    expect(parseAllDocuments(await output(program, ['rbac', 'status'], { env })).length).toBeGreaterThan(1);
  });

  test('plans a mesh with a real API server and a real istioctl', async () => {
    const file = await site.file(
      'one.yaml',
      [
        '{apiVersion: isthmus.dev/v1alpha1, kind: Mesh, metadata: {name: shop}, spec: {istio: {version: "1.31"}}}',
        '---',
        '{apiVersion: isthmus.dev/v1alpha1, kind: MeshCluster, metadata: {name: west}, spec: {network: us}}',
      ].join('\n'),
    );
    const env = { ...site.env, PATH: site.lab.bin };
    expect(await output(program, ['plan', '-f', file], { env })).toMatch(/\+ Deployment istio-system\/istiod/);
  });

  test('comes with the licences of what it contains', async () => {
    const papers = join(program, '..');
    expect(readFileSync(join(papers, 'THIRD-PARTY.txt'), 'utf8')).toContain('Matteo Collina');
    expect(readFileSync(join(papers, 'LICENSE-NODE'), 'utf8')).toContain('Node.js is licensed for use as follows');
    expect(readFileSync(join(papers, 'LICENSE'), 'utf8')).toContain('Apache License');
  });
});

test('krew installs it from its manifest, as a plugin of kubectl', async () => {
  const env = { ...process.env, KREW_ROOT: join(folder, 'krew'), KREW_NO_UPGRADE_CHECK: '1', HOME: folder };
  const archive = join(release, `isthmus-${version}-linux-amd64.tar.gz`);
  const words = ['install', '--manifest', join(release, 'isthmus.yaml'), '--archive', archive];
  await output(await krewProgram(), words, { env });
  const plugins = { ...env, PATH: `${join(folder, 'krew/bin')}:/usr/bin:/bin` };
  expect(await output(join(site.lab.bin, 'kubectl'), ['isthmus', '--version'], { env: plugins })).toBe(version);
});

interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly architecture: string };
}

/** The files and the start of an image for one architecture, from the layers of an OCI archive that is unpacked. */
async function imageOf(
  layout: string,
  architecture: string,
): Promise<{ root: string; entrypoint: string[]; user: string }> {
  const read = <T>(path: string): T => JSON.parse(readFileSync(join(layout, path), 'utf8')) as T;
  const blob = ({ digest }: Descriptor): string => `blobs/${digest.replace(':', '/')}`;
  const { manifests } = read<{ manifests: [Descriptor] }>('index.json');
  const inner = read<{ manifests?: Descriptor[] }>(blob(manifests[0])).manifests ?? manifests;
  const wanted = inner.find(({ platform }) => (platform?.architecture ?? architecture) === architecture);
  if (wanted === undefined) throw new Error(`the image is not for ${architecture}`);
  const image = read<{ layers: Descriptor[]; config: Descriptor }>(blob(wanted));
  const root = await mkdtemp(join(folder, `root-${architecture}-`));
  // A folder of mkdtemp is open to its owner alone.
  await chmod(root, 0o755);
  for (const layer of image.layers) await output('tar', ['-xf', join(layout, blob(layer)), '-C', root]);
  type Config = { architecture: string; config: { Entrypoint: string[]; User: string } };
  const { architecture: stated, config } = read<Config>(blob(image.config));
  expect(stated).toBe(architecture);
  return { root, entrypoint: config.Entrypoint, user: config.User };
}

describe('the image', () => {
  let layout: string;
  beforeAll(async () => {
    layout = await unpack(`isthmus-image-${version}.tar`);
  });

  test('starts on amd64, as a user who is not root', async () => {
    const { root, entrypoint, user } = await imageOf(layout, 'amd64');
    expect(user).toBe('65532:65532');
    expect(await output('chroot', [`--userspec=${user}`, root, ...entrypoint, '--version'])).toBe(version);
  });

  test('starts on arm64, as does the executable for it', async () => {
    const { root, entrypoint } = await imageOf(layout, 'arm64');
    const [node = '', script = ''] = entrypoint;
    expect(await runOnArm64(root, [join(root, node), join(root, script), '--version'])).toBe(version);
    const executable = join(await unpack(`isthmus-${version}-linux-arm64.tar.gz`), 'isthmus');
    expect(await runOnArm64(root, [executable, '--version'])).toBe(version);
  });

  test('is what the packages of the same release ask for, by its digest', async () => {
    const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: [Descriptor] };
    const unpacked = await unpack(`isthmus-${version}.tgz`);
    const pin: unknown = JSON.parse(readFileSync(join(unpacked, 'package/dist/image.json'), 'utf8'));
    expect(pin).toEqual({ image: `${registry}@${manifests[0].digest}` });
  });

  test('is made by the Dockerfile as well, from the files that are prepared for it', async () => {
    const prepared = join(folder, 'prepared');
    await output(process.execPath, ['scripts/image.ts', '--folder', prepared], { cwd: source });
    const buildah = await buildahIn(folder);
    const name = `isthmus.invalid/isthmus:${version}`;
    await buildah(
      'build',
      '--isolation',
      'chroot',
      '-f',
      join(source, 'deploy/image/Dockerfile'),
      '-t',
      name,
      prepared,
    );
    const archive = join(folder, 'built.tar');
    await buildah('push', name, `oci-archive:${archive}`);
    const built = join(folder, 'built');
    await mkdir(built);
    await output('tar', ['-xf', archive, '-C', built]);
    const byHand = await imageOf(built, 'amd64');
    const ours = await imageOf(layout, 'amd64');
    expect(byHand).toMatchObject({ entrypoint: ours.entrypoint, user: ours.user });
    const start = [`--userspec=${byHand.user}`, byHand.root, ...byHand.entrypoint, '--version'];
    expect(await output('chroot', start)).toBe(version);
    const list = async (root: string): Promise<string> =>
      await output('find', ['.', '-printf', '%P %y %m\n'], { cwd: root });
    const lines = (text: string): readonly string[] =>
      text
        .split('\n')
        .filter((line) => line.includes(' f '))
        .toSorted();
    // Its build is pinned to the image that was made before.
    const pin = 'app/dist/image.json f 644';
    expect(lines(await list(byHand.root)).filter((line) => line !== pin)).toEqual(lines(await list(ours.root)));
  });
});

test('the chart is pushed to a registry, pulled from it as it was, and rendered', async () => {
  const helm = join(site.lab.bin, 'helm');
  await using served = await startRegistry(join(folder, 'registry'));
  const chart = `isthmus-operator-${version}.tgz`;
  const repository = `oci://${served.address}/charts`;
  const env = { ...process.env, HOME: folder, HELM_CACHE_HOME: join(folder, 'helm') };
  await output(helm, ['push', join(release, chart), repository, '--plain-http'], { env });
  const pulled = join(folder, 'pulled');
  await mkdir(pulled);
  const words = ['pull', `${repository}/isthmus-operator`, '--version', version, '--plain-http', '-d', pulled];
  await output(helm, words, { env });
  expect(readFileSync(join(pulled, chart)).equals(readFileSync(join(release, chart)))).toBe(true);
  const rendered = await output(helm, ['template', 'operator', join(pulled, chart), '--include-crds'], { env });
  const kinds = parseAllDocuments(rendered).map((one) => (one.toJS() as { kind?: string } | null)?.kind);
  expect(kinds).toEqual(expect.arrayContaining(['CustomResourceDefinition', 'Deployment', 'ClusterRole']));
});

test('the bill of materials names each package that the program contains, and Node', () => {
  const bill = JSON.parse(readFileSync(join(release, `isthmus-${version}.cdx.json`), 'utf8')) as {
    bomFormat: string;
    components: readonly { 'bom-ref': string; hashes?: readonly object[] }[];
  };
  expect(bill.bomFormat).toBe('CycloneDX');
  const named = bill.components.map((one) => one['bom-ref']);
  const licences = readFileSync(join(source, 'dist/THIRD-PARTY.txt'), 'utf8');
  const contained = [...licences.matchAll(/^=+\n(\S+) (\S+) \([^)]+\)\n=+$/gm)].map(
    ([, name, one]) => `${name}@${one}`,
  );
  expect(contained.length).toBeGreaterThan(20);
  expect(contained.filter((one) => !named.includes(one))).toEqual([]);
  expect(named.filter((one) => one.startsWith('node@'))).toHaveLength(1);
  expect(named.filter((one) => /vitest|biome|typescript/.test(one))).toEqual([]);
  expect(bill.components.filter(({ hashes = [] }) => hashes.length === 0)).toEqual([]);
});

test('the manifest of krew has the digest of each archive', () => {
  const { spec } = parse(readFileSync(join(release, 'isthmus.yaml'), 'utf8')) as {
    spec: { platforms: readonly { uri: string; sha256: string }[] };
  };
  const sums = readFileSync(join(release, 'SHA256SUMS'), 'utf8');
  expect(spec.platforms).toHaveLength(2);
  for (const { uri, sha256 } of spec.platforms) expect(sums).toContain(`${sha256}  ${basename(uri)}\n`);
});
