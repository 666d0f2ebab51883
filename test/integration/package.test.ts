import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { docstringExamples, examplesProgram, programOf } from '../support/examples.ts';
import { checkout } from '../support/lab.ts';
import { makeProject } from '../support/library-project.ts';
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

  test('holds what its readme promises', () => {
    for (const file of ['README.md', 'LICENSE', 'NOTICE', 'examples/two-networks/mesh.yaml', 'docs/quick-start.md']) {
      expect(readFileSync(join(unpacked, file), 'utf8').length).toBeGreaterThan(50);
    }
  });
});

describe('what others wrote and the program contains', () => {
  /** Name, version and licence of each package, by its heading. */
  function headings(text: string): readonly string[] {
    return [...text.matchAll(/^=+\n(\S+ \S+) \([^)]+\)\n=+$/gm)].map(([, heading = '']) => heading);
  }

  test('stands in the archive, each package with its whole licence', () => {
    const text = readFileSync(join(unpacked, 'dist/THIRD-PARTY.txt'), 'utf8');
    const lock: { packages: Record<string, { version: string; dev?: boolean; link?: boolean }> } = JSON.parse(
      readFileSync(join(checkout, 'package-lock.json'), 'utf8'),
    );
    const installed = Object.entries(lock.packages).filter(([path]) => path.startsWith('node_modules/'));
    // The parser of the command line is bundled, so that no user installs it.
    const bundled = installed.filter(
      ([path, { dev, link }]) => path.endsWith('@stricli/core') || !(dev === true || link === true),
    );
    const wanted = bundled.map(([path, { version }]) => `${path.split('node_modules/').at(-1)} ${version}`);
    expect(headings(text).toSorted()).toEqual(wanted.toSorted());
    for (const [path] of bundled) {
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

  async function symlinkDependencies(modules: string): Promise<void> {
    for (const name of Object.keys(manifest.dependencies)) {
      await mkdir(join(modules, name, '..'), { recursive: true });
      await symlink(join(checkout, 'node_modules', name), join(modules, name));
    }
  }

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
