import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { checkout } from '../support/lab.ts';
import { runProgram } from '../support/program.ts';

const manifest: { version: string } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
let folder: string;

async function output(file: string, args: readonly string[]): Promise<string> {
  return endedWith(0, await runProgram(file, args, { cwd: folder, timeoutMs: 100_000 })).stdout.trim();
}

describe('the package', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-pack-'));
    const packed = JSON.parse(
      await output('npm', ['pack', checkout, '--json', '--pack-destination', folder]),
    ) as unknown;
    const [{ filename }] = Object.values(packed as object) as [{ filename: string }];
    await output('npm', [
      'install',
      '--prefix',
      folder,
      '--offline',
      '--no-audit',
      '--no-fund',
      join(folder, filename),
    ]);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test.each(['isthmus', 'kubectl-isthmus'])('gives %s, which states its version', async (name) => {
    const program = join(folder, 'node_modules/.bin', name);
    expect(await output(process.execPath, [program, '--version'])).toBe(manifest.version);
    expect(await output(process.execPath, [program, '--help'])).toMatch(/apply[\s\S]*verify[\s\S]*status/);
  });

  test('needs no other package, and holds what its readme promises', async () => {
    const installed = JSON.parse(await output('npm', ['ls', '--prefix', folder, '--all', '--json'])) as {
      dependencies: Record<string, { dependencies?: object }>;
    };
    expect(Object.keys(installed.dependencies)).toEqual(['isthmus']);
    expect(installed.dependencies.isthmus?.dependencies).toBeUndefined();
    for (const file of ['README.md', 'LICENSE', 'NOTICE', 'examples/two-networks/mesh.yaml', 'docs/quick-start.md']) {
      expect(readFileSync(join(folder, 'node_modules/isthmus', file), 'utf8').length).toBeGreaterThan(50);
    }
  });
});
