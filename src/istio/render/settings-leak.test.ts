import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { istioOperator } from '../operator.ts';
import { createHelm } from './helm.ts';
import { createIstioctl } from './istioctl.ts';
import type { Renderer } from './renderer.ts';

/** Settings may hold tokens: other users of the machine see the arguments of programs, and files that are left. */
const canary = 'c4nary-of-a-tracer';
const operator = istioOperator({
  mesh: 'shop',
  cluster: 'west',
  network: 'us',
  trustDomain: 'cluster.local',
  version: '1.31',
  settings: [{ values: { pilot: { env: { TOKEN: canary } } } }],
});

let folder: string;
let temporary: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-settings-'));
  temporary = join(folder, 'tmp');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** In place of a program: it keeps its arguments, its environment and its input, and what lies in the folder for drafts while it runs. */
async function standIn(name: string): Promise<string> {
  const file = join(folder, name);
  const seen = join(folder, 'seen');
  const script = `cat >> ${seen}.input; { tr '\\0' '\\n' < /proc/$$/cmdline; env; grep -r . ${temporary}; ls -R ${temporary}; } >> ${seen}.else`;
  const object = "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: mesh}\\n'";
  await writeFile(file, `#!/bin/sh\n${script}\n${object}\n`, { mode: 0o755 });
  return file;
}

async function chartsFolder(): Promise<string> {
  for (const chart of ['base', 'istiod']) {
    await mkdir(join(folder, 'charts', chart, 'templates'), { recursive: true });
    for (const name of ['Chart.yaml', 'values.yaml']) await writeFile(join(folder, 'charts', chart, name), '');
  }
  return join(folder, 'charts');
}

const programs: readonly (readonly [string, (path: string) => Promise<Renderer>])[] = [
  ['istioctl', async (path) => createIstioctl({ path, environment: {} })],
  ['helm', async (path) => createHelm({ charts: await chartsFolder(), version: '1.31', path, environment: {} })],
];

test.each(programs)('%s has the settings by its standard input, and nowhere else', async (name, rendererOf) => {
  const renderer = await rendererOf(await standIn(name));
  await renderer.render(operator);
  expect(await readFile(join(folder, 'seen.input'), 'utf8')).toContain(canary);
  const elsewhere = await readFile(join(folder, 'seen.else'), 'utf8');
  expect(elsewhere).toContain(name);
  expect(elsewhere).not.toContain(canary);
  expect(await readdir(temporary)).toEqual([]);
});

test('a program gets its arguments as they are: no shell takes them apart', async () => {
  const path = await standIn('helm');
  const charts = `https://charts.example.com/$(touch ${folder}/ran);touch ${folder}/ran;\`touch ${folder}/ran\``;
  await createHelm({ charts, version: '1.31', path, environment: {} }).render(operator);
  expect(await readFile(join(folder, 'seen.else'), 'utf8')).toContain(`\n${charts}\n`);
  expect(await readdir(folder)).not.toContain('ran');
});
