import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pinnedImage } from '../../scripts/pinned-image.ts';
import { endedWith } from '../support/cli.ts';
import { docstringExamples, examplesProgram, programOf } from '../support/examples.ts';
import { checkout } from '../support/lab.ts';
import { makeProject } from '../support/library-project.ts';
import { commandsOf } from '../support/page.ts';
import { runProgram } from '../support/program.ts';

const manifest: { version: string; bin: Record<string, string>; dependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(checkout, 'package.json'), 'utf8'),
);
let folder: string;
/** The package as the archive holds it. */
let unpacked: string;

async function output(file: string, args: readonly string[], cwd = folder): Promise<string> {
  return endedWith(0, await runProgram(file, args, { cwd, timeoutMs: 200_000 })).stdout.trim();
}

async function symlinkDependencies(modules: string): Promise<void> {
  for (const name of Object.keys(manifest.dependencies)) {
    await mkdir(join(modules, name, '..'), { recursive: true });
    await symlink(join(checkout, 'node_modules', name), join(modules, name));
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-pack-'));
  const packed: unknown = JSON.parse(await output('npm', ['pack', checkout, '--json', '--pack-destination', folder]));
  const [{ filename }] = Object.values(packed as object) as [{ filename: string }];
  await output('tar', ['-xzf', filename]);
  unpacked = join(folder, 'isthmus');
  await rename(join(folder, 'package'), unpacked);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the package', () => {
  test.each(['isthmus', 'kubectl-isthmus'])(
    'gives %s, which states its version and needs no other package',
    async (name) => {
      const program = join(unpacked, manifest.bin[name] ?? 'missing');
      expect(await output(process.execPath, [program, '--version'])).toBe(manifest.version);
      expect(await output(process.execPath, [program, '--help'])).toMatch(/apply[\s\S]*verify[\s\S]*status/);
      expect(await output(process.execPath, [program, 'render', '--help'])).toContain('--file');
    },
  );

  test('ends with exit code 2 and two lines under a Node that is too old', async () => {
    const old = 'data:text/javascript,Object.defineProperty(process, "version", { value: "v20.20.2" })';
    const program = join(unpacked, manifest.bin.isthmus ?? 'missing');
    const args = ['--import', old, program, 'status', '-f', 'mesh.yaml'];
    const ended = await runProgram(process.execPath, args, { cwd: folder, timeoutMs: 200_000 });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^error: isthmus needs Node [\d.]+ or newer, and this is v20\.20\.2$/),
      expect.stringMatching(/^hint: install a newer Node/),
    ]);
  });

  test('is made and installed from the source by the commands of its readme, and by nothing of a registry', async () => {
    const source = join(folder, 'source');
    // What git leaves out.
    const made = new Set(['node_modules', '.git', 'dist']);
    await cp(checkout, source, { recursive: true, filter: (path) => !made.has(basename(path)) });
    const env = {
      ...process.env,
      PATH: [dirname(process.execPath), process.env.PATH].join(':'),
      npm_config_prefix: join(folder, 'global'),
      npm_config_prefer_offline: 'true',
      npm_config_audit: 'false',
    };
    const commands = commandsOf('README.md', 'Install it');
    expect(commands.at(-1)).toMatch(/^npm install --global \.\/isthmus-/);
    for (const command of commands) {
      endedWith(0, await runProgram('bash', ['-euc', command], { cwd: source, env, timeoutMs: 200_000 }));
    }
    expect(await output(join(folder, 'global/bin/isthmus'), ['--version'])).toBe(manifest.version);
  });

  test('holds what its readme promises', () => {
    for (const file of ['README.md', 'LICENSE', 'NOTICE', 'examples/two-networks/mesh.yaml', 'docs/quick-start.md']) {
      expect(readFileSync(join(unpacked, file), 'utf8').length).toBeGreaterThan(50);
    }
  });
});

describe('what the readme says of installing', () => {
  test('is a file that npm pack makes', async () => {
    const page = readFileSync(join(checkout, 'README.md'), 'utf8');
    const [, wanted] = /^\$ npm install --global (\S+)/m.exec(page) ?? [];
    expect(readdirSync(folder)).toContain(wanted?.replace('./', ''));
  });
});

describe('the image of the source', () => {
  test('is an archive that runs on nothing but its layers, by a name that no registry can have', async () => {
    const archive = join(folder, 'image.tar');
    const made = await output('npm', ['run', '--silent', 'image', '--', archive], checkout);
    expect(made).toMatch(/: isthmus\.invalid\/isthmus:\d\S+, sha256:[0-9a-f]{64}$/);
    const layout = join(folder, 'layout');
    await mkdir(join(layout, 'root'), { recursive: true });
    await output('tar', ['-xf', archive, '-C', layout]);
    const read = <T>(path: string): T => JSON.parse(readFileSync(join(layout, path), 'utf8')) as T;
    const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
    const index = read<{ manifests: [{ digest: string }] }>('index.json');
    const image = read<{ layers: { digest: string }[]; config: { digest: string } }>(blob(index.manifests[0].digest));
    for (const { digest } of image.layers) await output('tar', ['-xf', blob(digest), '-C', 'root'], layout);
    const { config } = read<{ config: { Entrypoint: string[]; User: string } }>(blob(image.config.digest));
    const inside = [`--userspec=${config.User}`, 'root', ...config.Entrypoint, '--version'];
    expect(await output('chroot', inside, layout)).toBe(manifest.version);
  });

  test('gives way to the one that a build is pinned to', async () => {
    const image = `registry.example/isthmus@sha256:${'a'.repeat(64)}`;
    const copy = join(folder, 'pinned');
    await cp(unpacked, copy, { recursive: true });
    await writeFile(join(copy, 'dist/image.json'), pinnedImage(image));
    const ask = "import { nodePorts } from './dist/lib/index.js'; console.log(nodePorts({}).image)";
    await symlinkDependencies(join(copy, 'node_modules'));
    expect(await output(process.execPath, ['--input-type=module', '-e', ask], copy)).toBe(image);
  });
});

describe('what others wrote and the program contains', () => {
  /** Name, version and licence of each package, by its heading. */
  interface LockedPackage {
    readonly version: string;
    readonly dev?: boolean;
    readonly link?: boolean;
    readonly dependencies?: Readonly<Record<string, string>>;
  }

  /** The paths of packages with all that they depend on. */
  function reachable(
    paths: readonly string[],
    packages: Readonly<Record<string, LockedPackage>>,
    seen = new Set<string>(),
  ): ReadonlySet<string> {
    for (const path of paths) {
      if (seen.has(path) || packages[path] === undefined) continue;
      seen.add(path);
      const names = Object.keys(packages[path].dependencies ?? {});
      reachable(
        names.map((name) => `node_modules/${name}`),
        packages,
        seen,
      );
    }
    return seen;
  }

  function headings(text: string): readonly string[] {
    return [...text.matchAll(/^=+\n(\S+ \S+) \([^)]+\)\n=+$/gm)].map(([, heading = '']) => heading);
  }

  test('stands in the archive, each package with its whole licence', () => {
    const text = readFileSync(join(unpacked, 'dist/THIRD-PARTY.txt'), 'utf8');
    const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(
      readFileSync(join(checkout, 'package-lock.json'), 'utf8'),
    );
    const named = (paths: Iterable<string>): readonly string[] =>
      [...paths].map((path) => `${path.split('node_modules/').at(-1)} ${packages[path]?.version}`);
    const installed = Object.entries(packages).filter(([path]) => path.startsWith('node_modules/'));
    const ofUsers = installed.filter(([, { dev, link }]) => !(dev === true || link === true)).map(([path]) => path);
    // What the command line, the operator and the dashboard's page are made with is bundled, so that no user installs it.
    const ofPage = ['@tanstack/react-query', '@xyflow/react', 'react', 'react-dom'];
    const own = ['@stricli/core', 'pino', 'prom-client', ...ofPage].map((name) => `node_modules/${name}`);
    const behind = reachable(own, packages);
    const found = headings(text);
    expect(found.toSorted()).toEqual([...new Set(found)].toSorted());
    expect(named([...ofUsers, ...own]).filter((name) => !found.includes(name))).toEqual([]);
    const known = [...ofUsers, ...behind].filter((path) => found.includes(named([path])[0] ?? ''));
    expect(found.toSorted()).toEqual(named(new Set(known)).toSorted());
    for (const path of known) {
      const folder = join(checkout, path);
      const files = readdirSync(folder).filter((name) => /^licen[cs]e/i.test(name));
      expect(files.length > 0 || path.endsWith('@stricli/core'), path).toBe(true);
      for (const file of files) {
        expect(text).toContain(readFileSync(join(folder, file), 'utf8').replaceAll('\r', '').trim());
      }
    }
    for (const author of [
      'Matteo Collina',
      'Eemeli Aro',
      'Colin McDonnell',
      'Microsoft',
      'Fedor Indutny',
      'Molisani',
    ]) {
      expect(text).toContain(author);
    }
  });
});

const snapshotProgram = `import { IsthmusError, nodePorts, openMesh, reportSchemas, type Trace } from 'isthmus';

const session = await openMesh({ snapshot: process.argv[2] ?? '' }, nodePorts());
const trace: Trace = await session.trace({ from: 'c1/shop/caller', to: { host: 'web', port: 80 } });
reportSchemas.Trace.parse(trace);
const refusal: unknown = await session.apply().catch((error: unknown) => error);
if (!(refusal instanceof IsthmusError)) throw new Error('an apply of a snapshot was not refused');
console.log(trace.kind, trace.from.cluster, trace.request.host, refusal.code);
`;

const callerPod = `---
apiVersion: v1
kind: Pod
metadata: { name: caller, namespace: shop }
spec: { serviceAccountName: one, containers: [{ name: app }, { name: istio-proxy }] }
status: { phase: Running, podIP: 10.1.0.9, podIPs: [{ ip: 10.1.0.9 }] }
`;

describe('the library', () => {
  let project: string;
  beforeAll(async () => {
    // What an installation would put beside the package.
    await symlinkDependencies(join(unpacked, 'node_modules'));
    project = join(folder, 'project');
    await makeProject(project, unpacked);
  });

  test('has types for its examples and for the program of its page, without a skipped check', async () => {
    await writeFile(join(project, 'examples.ts'), examplesProgram(docstringExamples()));
    await writeFile(join(project, 'page.ts'), programOf('docs/library.md'));
    await writeFile(join(project, 'snapshot.ts'), snapshotProgram);
    const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
    expect(await output(process.execPath, [compiler, '-p', '.'], project)).toBe('');
  });

  test('predicts from a snapshot, outside of the repository', async () => {
    await writeFile(join(project, 'snapshot.ts'), snapshotProgram);
    const snapshot = join(folder, 'snapshot');
    await cp(join(checkout, 'test/fixtures/discovery/trust-domain-of-remotes'), snapshot, { recursive: true });
    await appendFile(join(snapshot, 'c1/objects.yaml'), callerPod);
    expect(await output(process.execPath, ['snapshot.ts', snapshot], project)).toBe('Trace c1 web usage');
  });
});
