import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { VersionReport } from '../../src/report/versions.ts';
import { endedWith, jsonOf } from './cli.ts';
import { checkout, type TestLab, twoClusters } from './lab.ts';
import { runProgram } from './program.ts';
import { runInTerminal } from './pseudo-terminal.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');
const limitMs = 200_000;

/** What stands beside the mesh itself on the command line, on two empty clusters, in which it changes nothing. */
export function describeCommandLine(lab: () => TestLab): void {
  test('version names the renderer, and what each cluster runs', async () => {
    const report = jsonOf<VersionReport>(endedWith(0, await lab().isthmus.run(['version', '-f', mesh, '-o', 'json'])));
    expect(report).toMatchObject({
      mesh: 'shop',
      declared: '1.31',
      renderers: [{ declared: '1.31', found: true, version: '1.31.0' }],
    });
    expect(report.clusters).toMatchObject(
      twoClusters.map(({ name }) => ({ cluster: name, reachable: true, kubernetes: expect.stringMatching(/^v1\./) })),
    );
  });

  test('explain describes a kind and a field of it', async () => {
    const { stdout } = endedWith(0, await lab().isthmus.run(['explain', 'meshcluster.spec.gateway.type']));
    expect(stdout).toMatch(/KIND: +MeshCluster\n[\s\S]*one of LoadBalancer, NodePort/);
  });

  describe('completion in a bash', () => {
    /** What the shell proposes for the last word of a line. */
    async function proposed(line: string): Promise<readonly string[]> {
      const bin = join(lab().folder, 'bin');
      await mkdir(bin, { recursive: true });
      const program = join(bin, 'isthmus');
      await writeFile(program, `#!/bin/sh\nexec ${process.execPath} ${inject('packageFolder')}/dist/isthmus.js "$@"\n`);
      await chmod(program, 0o755);
      const script = `
        source <(isthmus completion bash)
        COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
        read -r -a COMP_WORDS <<< "$COMP_LINE"
        [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=()
        handler=$(complete -p isthmus | sed -E 's/.*-F ([^ ]+).*/\\1/')
        "$handler" isthmus
        printf '%s\\n' "\${COMPREPLY[@]}"`;
      const env = { ...lab().env, PATH: `${bin}:${lab().env.PATH}` };
      const result = await runProgram('bash', ['-c', script], { cwd: lab().folder, env, timeoutMs: limitMs });
      return endedWith(0, result)
        .stdout.split('\n')
        .map((word) => word.trim())
        .filter((word) => word !== '');
    }

    test('proposes commands, contexts of the kubeconfig and clusters of the mesh file', async () => {
      expect(await proposed('isthmus un')).toEqual(['uninstall']);
      expect((await proposed('isthmus status --home ')).toSorted()).toEqual(['east', 'west']);
      expect(await proposed(`isthmus plan -f ${mesh} --clusters we`)).toEqual(['west']);
    });
  });

  describe('init on empty clusters', () => {
    test('asks in a terminal and writes a file that plan takes', async () => {
      const folder = join(lab().folder, 'books');
      await mkdir(folder);
      const command = [process.execPath, join(inject('packageFolder'), 'dist/isthmus.js'), 'init'];
      const { code, screen } = await runInTerminal(command, {
        cwd: folder,
        env: { ...lab().env, TERM: 'xterm', SHELL: '/bin/sh' },
        answers: [
          { after: /Contexts of the clusters.*: $/, type: 'west, east' },
          { after: /Name of the mesh \[mesh\]: $/, type: 'books' },
          { after: /Network of west.*\[\S+\]: $/, type: 'us' },
          { after: /Network of east.*\[\S+\]: $/, type: 'eu' },
        ],
        timeoutMs: limitMs,
      });
      expect({ code, ends: /next: isthmus plan -f mesh\.yaml/.test(screen) }).toEqual({ code: 0, ends: true });
      expect(await readFile(join(folder, 'mesh.yaml'), 'utf8')).toMatch(/name: books\n[\s\S]*network: us\n/);
      const { stdout } = endedWith(0, await lab().isthmus.run(['plan', '-f', 'books/mesh.yaml']));
      expect(stdout).toMatch(/\+ Deployment istio-system\/istiod/);
    });

    test('works for an account with the roles that are printed for it, which kubectl takes there', async () => {
      const { stdout } = endedWith(0, await lab().isthmus.run(['rbac', 'init', '--user', 'ann']));
      const roles = await lab().file('init-roles.yaml', stdout);
      await Promise.all(twoClusters.map(({ name }) => lab().kubectl(name, 'apply', '-f', roles)));
      const config = JSON.parse(await readFile(lab().lab.kubeconfig, 'utf8')) as { users: { user: object }[] };
      const acting = config.users.map((entry) => ({ ...entry, user: { ...entry.user, as: 'ann' } }));
      const kubeconfig = await lab().file('ann.kubeconfig', JSON.stringify({ ...config, users: acting }));
      const args = ['init', '--context', 'west', '--context', 'east', '--output', '-'];
      const seen = endedWith(0, await lab().isthmus.run(args, { env: { KUBECONFIG: kubeconfig } }));
      expect(seen.stderr).toMatch(/^west +west +\S+ +v1\.\d+\.\d+\S* +\S+ +none$/m);
      await Promise.all(twoClusters.map(({ name }) => lab().kubectl(name, 'delete', '-f', roles)));
    });
  });
}
