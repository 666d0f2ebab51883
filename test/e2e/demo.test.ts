import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../../lab/src/lab.ts';
import { findResidue, isClean } from '../../lab/src/residue.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const timeout = 280_000;

/** The commands of a page, in order: what follows `$ ` in its console blocks, without the comment. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/```console\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  return blocks
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.startsWith('$ '))
    .map((line) => line.slice(2).replace(/\s+#.*$/, ''));
}

describe('the commands that the documentation gives', () => {
  let lab: Lab;
  let home: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'isthmus-docs-'));
    await run(process.execPath, ['scripts/build.ts'], { cwd: root, timeout: 60_000 });
    lab = await startLab({
      name: 'docs',
      clusters: [
        { name: 'west', network: 'us' },
        { name: 'east', network: 'eu' },
      ],
    });
    await run(process.execPath, ['lab/src/main.ts', 'image', '--lab', 'docs'], { cwd: root, timeout: 60_000 });
    // The page says `isthmus`, as an installed package gives it.
    await run('ln', ['-s', join(root, 'dist/isthmus.js'), join(home, 'isthmus')]);
    const path = [home, lab.bin, resolve(process.execPath, '..'), process.env.PATH].join(':');
    env = {
      ...process.env,
      PATH: path,
      KUBECONFIG: lab.kubeconfig,
      XDG_STATE_HOME: home,
      XDG_CACHE_HOME: home,
      NO_COLOR: '1',
    };
  });

  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  test('the quick start works from its first command to its last', { timeout }, async () => {
    const commands = commandsOf('docs/quick-start.md');
    expect(commands.length).toBeGreaterThan(5);
    const outputs = new Map<string, string>();
    for (const command of commands) {
      const { stdout, stderr } = await run('bash', ['-euc', command], { cwd: root, env, timeout: 180_000 });
      outputs.set(command, stdout + stderr);
    }
    const saidBy = (part: string): string => [...outputs].find(([command]) => command.includes(part))?.[1] ?? '';
    expect(saidBy('--dry-run')).toMatch(/would create Deployment istio-system\/istiod/);
    expect(saidBy('status')).toMatch(/mesh shop: healthy/);
    expect(saidBy('remote-clusters')).toMatch(/east\s+istio-system\/istio-remote-secret-east\s+synced/);
    expect(saidBy('verify')).toMatch(/4 of 4 checks passed/);
  });
});

describe('make demo', () => {
  test('ends with calls answered by both clusters, and make demo-down leaves nothing', { timeout }, async () => {
    try {
      const { stdout } = await run('make', ['demo'], { cwd: root, timeout: 240_000, maxBuffer: 64 * 1024 * 1024 });
      expect(stdout).toMatch(/4 of 4 checks passed/);
      expect(stdout).toMatch(/v1 \(west\): \d+ of 20/);
      expect(stdout).toMatch(/v2 \(east\): \d+ of 20/);
    } finally {
      await run('make', ['demo-down'], { cwd: root, timeout: 120_000 });
    }
    const residue = findResidue('demo');
    expect(residue).toSatisfy(isClean);
  });
});
