import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIstioctl } from './istioctl.ts';
import type { RenderCache } from './renderer.ts';

const operator = { kind: 'IstioOperator', spec: { profile: 'minimal' } };
const version = `echo '{"clientVersion":{"version":"1.31.0"}}'`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-istioctl-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** An executable named istioctl in place of the real one; it writes its arguments and its input to files beside it. */
async function standIn(script: string): Promise<string> {
  const file = join(folder, 'istioctl');
  await writeFile(file, `#!/bin/sh\necho "$@" >> ${folder}/calls\n${script}\n`, { mode: 0o755 });
  return file;
}

async function calls(): Promise<string[]> {
  return (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
}

function memory(): RenderCache & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    get: async (key) => entries.get(key),
    put: async (key, value) => {
      entries.set(key, value);
    },
  };
}

const object = `cat > ${'$'}{0}.input; printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: mesh}\\n---\\n'`;

test('the version is asked for without looking at a cluster', async () => {
  const path = await standIn(version);
  expect(await createIstioctl({ path, environment: {} }).version()).toEqual({
    version: '1.31.0',
    source: `the istioctl at ${path}`,
  });
  expect(await calls()).toEqual(['version --remote=false -o json']);
});

test('the document goes in by standard input and the objects come out', async () => {
  const path = await standIn(object);
  const objects = await createIstioctl({ path, environment: {} }).render(operator);
  expect(objects).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mesh' } }]);
  expect(await calls()).toEqual(['manifest generate -f -']);
  expect(JSON.parse(await readFile(`${path}.input`, 'utf8'))).toEqual(operator);
});

test('it is found by the flag, then by the variable, then on PATH', async () => {
  const path = await standIn(version);
  const elsewhere = { PATH: '/nowhere', ISTHMUS_ISTIOCTL: '/nowhere/istioctl' };
  expect((await createIstioctl({ path, environment: elsewhere }).version()).source).toBe(`the istioctl at ${path}`);
  expect((await createIstioctl({ environment: { ...elsewhere, ISTHMUS_ISTIOCTL: path } }).version()).source).toBe(
    `the istioctl at ${path}`,
  );
  expect((await createIstioctl({ environment: { PATH: `/nowhere:${folder}` } }).version()).source).toBe(
    `the istioctl at ${path}`,
  );
});

test.each([
  ['(as it was named)', { path: '/nowhere/istioctl', environment: {} }],
  ['ISTHMUS_ISTIOCTL', { environment: { ISTHMUS_ISTIOCTL: '/nowhere/istioctl', PATH: '/usr/bin' } }],
  ['/nowhere/bin', { environment: { PATH: '/nowhere/bin' } }],
  ['PATH is empty', { environment: {} }],
])('not found: the message says where it was looked for (%s)', async (where, options) => {
  await expect(createIstioctl(options).version()).rejects.toMatchObject({
    code: 'istioctl-not-found',
    message: expect.stringContaining(where),
    remedy: expect.arrayContaining([{ do: 'Option', name: 'istioctl' }]),
  });
});

test('a file that cannot be run is not a program', async () => {
  const file = join(folder, 'plain');
  await writeFile(file, '');
  for (const path of [file, folder]) {
    await expect(createIstioctl({ path, environment: {} }).version()).rejects.toMatchObject({
      code: 'istioctl-not-found',
    });
  }
});

test.each([
  ['words', 'echo hello'],
  ['other JSON', 'echo {}'],
])('an answer that is no version (%s) is refused', async (_, script) => {
  const path = await standIn(script);
  await expect(createIstioctl({ path, environment: {} }).version()).rejects.toMatchObject({ code: 'istioctl-failed' });
});

test.each([
  ['its own words', 'cat > /dev/null; echo \'Error: unknown field "x"\' >&2; exit 1', 'Error: unknown field "x"'],
  ['its code', 'exit 3', 'code 3'],
  ['the signal that ended it', 'kill -TERM $$', 'SIGTERM'],
])('a failure is reported by %s', async (_, script, words) => {
  const path = await standIn(script);
  await expect(createIstioctl({ path, environment: {} }).render(operator)).rejects.toMatchObject({
    code: 'istioctl-failed',
    message: expect.stringContaining(words),
  });
});

test('a program that cannot be started says why', async () => {
  const path = join(folder, 'istioctl');
  await writeFile(path, '#!/nowhere/interpreter\n', { mode: 0o755 });
  await expect(createIstioctl({ path, environment: {} }).render(operator)).rejects.toMatchObject({
    message: expect.stringContaining('ENOENT'),
  });
});

test('output that is no manifest is refused', async () => {
  const path = await standIn('cat > /dev/null; echo surprise');
  await expect(createIstioctl({ path, environment: {} }).render(operator)).rejects.toMatchObject({
    code: 'istioctl-failed',
    message: expect.stringContaining('not a manifest'),
  });
});

test('a program that does not end is ended', async () => {
  const path = await standIn('exec sleep 60');
  await expect(createIstioctl({ path, environment: {} }).render(operator, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'istioctl-failed',
    message: expect.stringContaining('50 ms'),
  });
});

test('the signal ends it, and the next call starts over', async () => {
  const path = await standIn(object);
  const istioctl = createIstioctl({ path, environment: {} });
  await expect(istioctl.render(operator, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(await istioctl.render(operator)).toHaveLength(1);
});

test('equal documents are rendered once, whatever the order of their keys', async () => {
  const path = await standIn(object);
  const istioctl = createIstioctl({ path, environment: {} });
  const reordered = { spec: operator.spec, kind: operator.kind };
  await Promise.all([istioctl.render(operator), istioctl.render(reordered), istioctl.render(operator)]);
  expect(await calls()).toHaveLength(1);
});

test('the cache answers for another run, but not for another document or program', async () => {
  const path = await standIn(object);
  const cache = memory();
  const render = (document: typeof operator) => createIstioctl({ path, environment: {}, cache }).render(document);
  const first = await render(operator);
  expect(await render(operator)).toEqual(first);
  expect(await calls()).toHaveLength(1);
  await render({ ...operator, spec: { profile: 'empty' } });
  expect(await calls()).toHaveLength(2);
  await standIn(`${object}; true`);
  await render(operator);
  expect(await calls()).toHaveLength(3);
});

test('a failure is not kept', async () => {
  const path = await standIn('exit 1');
  const cache = memory();
  await expect(createIstioctl({ path, environment: {}, cache }).render(operator)).rejects.toThrow();
  expect(cache.entries.size).toBe(0);
});

test('what it logs on either stream is a notice, from the cache too, and the manifest is taken', async () => {
  const log = `printf '2026-11-29T06:00:34.377610Z\\twarn\\tmesh validation:\\n\\t* A is deprecated\\n\\n'; echo '! B is deprecated' >&2`;
  const path = await standIn(`${log}\n${object}`);
  const cache = memory();
  for (let round = 0; round < 2; round += 1) {
    const notices: string[] = [];
    const onNotice = (message: string): number => notices.push(message);
    const objects = await createIstioctl({ path, environment: {}, cache }).render(operator, { onNotice });
    expect(objects).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mesh' } }]);
    expect(notices).toEqual(['istioctl: mesh validation: * A is deprecated', 'istioctl: ! B is deprecated']);
  }
  expect(await calls()).toEqual(['manifest generate -f -']);
});
