import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildCli } from '../shell/app.ts';
import type { CliContext } from '../shell/context.ts';
import { propose } from './propose.ts';
import { scripts } from './scripts.ts';

let folder: string;
let mesh: string;
let context: CliContext;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-completion-'));
  mesh = join(folder, 'mesh.yaml');
  const cluster = (name: string): string =>
    `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: us, injectNamespaces: [sample, shop]}\n`;
  const service = (name: string, spec: string): string =>
    `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshService\nmetadata: {name: ${name}, namespace: sample}\nspec: ${spec}\n`;
  const services = [service('helloworld', '{scope: Cluster}'), service('all', '{host: "*.legacy", scope: Cluster}')];
  const head =
    'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n';
  await writeFile(mesh, `${head}${[...['west', 'east', 'west2'].map(cluster), ...services].join('')}`);
  const kubeconfig = join(folder, 'kubeconfig');
  const names = ['hub', 'hub; touch /tmp/x', 'other'];
  const contexts = names.map((name) => ({ name, context: { cluster: 'a', user: 'a' } }));
  await writeFile(kubeconfig, JSON.stringify({ contexts }));
  context = {
    process: { stdout: process.stdout, stderr: process.stderr, env: { KUBECONFIG: kubeconfig } },
    isTTY: false,
    signal: new AbortController().signal,
    version: '0.1.0',
    outcome: { code: 0 },
  };
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function words(...line: readonly string[]): Promise<readonly string[]> {
  return (await propose(buildCli('0.1.0'), line, context)).map(({ word }) => word);
}

describe('what may follow', () => {
  test('at first are commands, the one that only programs use left out', async () => {
    const found = await words('');
    expect(found).toEqual(expect.arrayContaining(['plan', 'apply', 'trust', 'completion']));
    expect(found).not.toContain('probe');
  });

  test('a subcommand, a flag as people write it, and a value of a flag', async () => {
    expect(await words('trust', 're')).toEqual(['renew']);
    expect(await words('plan', '--no')).toEqual(['--no-color']);
    expect(await words('status', '-o', 'j')).toEqual(['json']);
    expect(await words('completion', 'z')).toEqual(['zsh']);
  });

  test('namespaces and services, from the mesh file that the line names', async () => {
    expect(await words('trace', '-f', mesh, '--from', 'east/s')).toEqual(['east/sample/', 'east/shop/']);
    expect(await words('trace', '-f', mesh, '--to', 'hel')).toEqual(['helloworld.sample']);
    expect(await words('service', 'show', '-f', mesh, '')).toEqual(['helloworld.sample']);
  });

  test('names of clusters, from the mesh file that the line names', async () => {
    expect(await words('plan', '-f', mesh, '--clusters', 'we')).toEqual(['west', 'west2']);
    expect(await words('plan', '-f', mesh, '--clusters', 'west,')).toEqual(['west,east', 'west,west2']);
    expect(await words('leave', '-f', mesh, 'ea')).toEqual(['east']);
    expect(await words('leave', '-f', join(folder, 'none'), '')).toEqual([]);
    expect(await words('leave', 'ea')).toEqual([]);
  });

  test('contexts of the kubeconfig, but none that a shell would take for more than a word', async () => {
    expect(await words('plan', '--home', '')).toEqual(['hub', 'other']);
  });
});

test('bash completes by it', async () => {
  const program = join(folder, 'isthmus');
  await writeFile(program, '#!/bin/sh\nshift 2\nprintf "plan\\tA plan\\nargs:%s\\t\\n" "$*"\n', { mode: 0o755 });
  const line = `${scripts.bash}
COMP_WORDS=("${program}" trust ""); COMP_CWORD=2; _isthmus; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p isthmus`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', line], { timeout: 30_000 });
  expect(stdout).toBe('plan\nargs:trust \ncomplete -o default -o nosort -F _isthmus isthmus\n');
});
