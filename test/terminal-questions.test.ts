import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInTerminal, type TerminalResult } from './support/pseudo-terminal.ts';

const main = resolve(import.meta.dirname, '../src/cli/main.ts');

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-terminal-'));
  // Nobody listens there: what a terminal is asked does not hang on what clusters say.
  const cluster = { server: 'https://127.0.0.1:1' };
  const names = ['prod-west', 'prod-east'];
  const kubeconfig = {
    clusters: names.map((name) => ({ name, cluster })),
    users: names.map((name) => ({ name, user: { token: 'none' } })),
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
  };
  const path = join(folder, 'kubeconfig');
  await writeFile(path, JSON.stringify(kubeconfig));
  env = { PATH: '/usr/bin:/bin', HOME: folder, KUBECONFIG: path, TERM: 'xterm', SHELL: '/bin/sh' };
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

type Answers = Parameters<typeof runInTerminal>[1]['answers'];

async function init(args: readonly string[], answers: Answers): Promise<TerminalResult> {
  const command = [process.execPath, main, 'init', ...args];
  return await runInTerminal(command, { cwd: folder, env, answers, timeoutMs: 240_000 });
}

describe('isthmus init in a terminal', () => {
  test('asks for the clusters, the name and the networks, and writes what was answered', {
    timeout: 250_000,
  }, async () => {
    const { code, screen } = await init(
      ['--output', 'asked.yaml'],
      [
        { after: /Contexts of the clusters.*\(prod-west, prod-east\): $/, type: 'west=prod-west, east=prod-east' },
        { after: /Name of the mesh \[mesh\]: $/, type: 'shop' },
        { after: /Network of west.*\[\S+\]: $/, type: 'us' },
        { after: /Network of east.*\[\S+\]: $/, type: 'eu' },
      ],
    );
    // Neither cluster answered: the file is a guess, but for what a person said.
    expect(code).toBe(10);
    expect(screen).toContain('wrote asked.yaml');
    const text = await readFile(join(folder, 'asked.yaml'), 'utf8');
    expect(text).toMatch(/kind: Mesh\n[\s\S]*name: shop\n/);
    expect(text).toMatch(/name: west\n[\s\S]*network: us\n[\s\S]*name: east\n[\s\S]*network: eu\n/);
    expect(text).toContain('context: prod-west');
  });

  test('asks for nothing that flags say', { timeout: 250_000 }, async () => {
    const flags = ['--context', 'west=prod-west', '--name', 'shop', '--output', 'given.yaml'];
    const { screen } = await init(flags, []);
    expect(screen).toContain('wrote given.yaml');
    expect(screen).not.toMatch(/Contexts of|Name of|Network of/);
  });
});
