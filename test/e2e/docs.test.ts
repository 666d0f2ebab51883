import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { runProgram } from '../support/program.ts';

let site: TestLab;

beforeAll(async () => {
  site = await startTestLab({ name: 'e2e-docs', clusters: twoClusters });
  // The pages say `isthmus`, as an installed package gives it.
  await mkdir(join(site.folder, 'bin'));
  await symlink(join(inject('packageFolder'), 'dist/isthmus.js'), join(site.folder, 'bin/isthmus'));
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

/** The commands of a page, in order: what follows `$ ` in its console blocks, without the comment. */
function commandsOf(page: string): readonly string[] {
  const text = readFileSync(join(checkout, page), 'utf8');
  const blocks = [...text.matchAll(/```console\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const lines = blocks.flatMap((block) => block.split('\n')).filter((line) => line.startsWith('$ '));
  return lines.map((line) => line.slice(2).replace(/\s+#.*$/, ''));
}

/** Runs a page's commands one after the other; what each said, by its text. */
async function follow(page: string): Promise<ReadonlyMap<string, string>> {
  const path = [join(site.folder, 'bin'), dirname(process.execPath), site.env.PATH].join(':');
  const said = new Map<string, string>();
  for (const command of commandsOf(page)) {
    const options = { cwd: checkout, env: { ...site.env, PATH: path }, timeoutMs: 200_000 };
    const { stdout, stderr } = endedWith(0, await runProgram('bash', ['-euc', command], options));
    said.set(command, stdout + stderr);
  }
  return said;
}

test('the quick start works from its first command to its last, on empty clusters', async () => {
  const said = await follow('docs/quick-start.md');
  const by = (part: string): string => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
  expect(by('--dry-run')).toMatch(/would create Deployment istio-system\/istiod/);
  expect(by('isthmus status')).toMatch(/mesh shop: healthy/);
  expect(by('remote-clusters')).toMatch(/east\s+istio-system\/istio-remote-secret-east\s+synced/);
  expect(by('isthmus verify')).toMatch(/4 of 4 checks passed/);
});
