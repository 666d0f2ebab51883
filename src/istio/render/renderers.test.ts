import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IstioVersion } from '../version.ts';
import type { Renderer } from './renderer.ts';
import { createIstioctls, renderersAmong, renderersByVersion } from './renderers.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-renderers-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A program of that version in place of istioctl. */
async function program(name: string, version: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\necho '{"clientVersion":{"version":"${version}"}}'\n`, { mode: 0o755 });
  return file;
}

async function versions(renderers: readonly Renderer[]): Promise<readonly IstioVersion[]> {
  return await Promise.all(renderers.map(async (renderer) => await renderer.version()));
}

describe('among several programs', () => {
  test('each version has its own', async () => {
    const paths = [await program('new', '1.31.0'), await program('old', '1.30.4')];
    const renderers = renderersAmong(createIstioctls({ paths, environment: {} }));
    const found = await Promise.all(
      ['1.30', '1.31', '1.30.4'].map(async (version) => await (await renderers.of({ version })).version()),
    );
    expect(found.map(({ version }) => version)).toEqual(['1.30.4', '1.31.0', '1.30.4']);
  });

  test('a version that none of them has is an error that says what they are', async () => {
    const paths = [await program('new', '1.31.0'), await program('old', '1.30.4')];
    const renderers = renderersAmong(createIstioctls({ paths, environment: {} }));
    await expect(renderers.of({ version: '1.29', cluster: 'east' })).rejects.toMatchObject({
      code: 'renderer-version',
      message: `cluster east wants Istio 1.29, but the istioctl at ${paths[0]} is version 1.31.0 and the istioctl at ${paths[1]} is version 1.30.4`,
    });
  });

  test('two of one version are an error that names both, unless the patch chooses', async () => {
    const paths = [await program('one', '1.31.0'), await program('two', '1.31.2')];
    const renderers = renderersAmong(createIstioctls({ paths, environment: {} }));
    await expect(renderers.of({ version: '1.31' })).rejects.toMatchObject({
      code: 'renderer-version',
      message: `the istioctl at ${paths[0]} (version 1.31.0) and the istioctl at ${paths[1]} (version 1.31.2) both render Istio 1.31`,
    });
    expect((await (await renderers.of({ version: '1.31.2' })).version()).version).toBe('1.31.2');
  });

  test('one that is missing is an error, whatever the others are', async () => {
    const paths = [await program('new', '1.31.0'), join(folder, 'none')];
    await expect(
      renderersAmong(createIstioctls({ paths, environment: {} })).of({ version: '1.31' }),
    ).rejects.toMatchObject({ code: 'istioctl-not-found' });
  });
});

test('those that are named count before those of the variable, and both before PATH', async () => {
  const [one, two, three] = [await program('one', '1.31.0'), await program('two', '1.30.4'), '1.29.1'];
  await program('istioctl', three);
  const environment = { ISTHMUS_ISTIOCTL: `${two}:${one}:${two}`, PATH: folder };
  const of = async (
    paths: readonly string[],
    from: typeof environment | { PATH: string },
  ): Promise<readonly string[]> =>
    (await versions(createIstioctls({ paths, environment: from }))).map(({ version }) => version);
  expect(await of([one, one], environment)).toEqual(['1.31.0']);
  expect(await of([], environment)).toEqual(['1.30.4', '1.31.0']);
  expect(await of([], { PATH: folder })).toEqual([three]);
});

test('of charts each version is made once, and must be what it states', async () => {
  const made: string[] = [];
  const renderers = renderersByVersion((version) => {
    made.push(version);
    return { version: async () => ({ version: `${version}.0`, source: 'the charts' }), render: async () => [] };
  });
  await renderers.of({ version: '1.31' });
  await renderers.of({ version: '1.30' });
  await renderers.of({ version: '1.31' });
  expect(made).toEqual(['1.31', '1.30']);
  await expect(renderers.of({ version: '1.31.4' })).rejects.toMatchObject({ code: 'renderer-version' });
});
