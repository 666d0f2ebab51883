import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { openMesh } from '../../engine/open-mesh.ts';
import { nodePorts } from '../../node-ports.ts';
import type { MeshDraft } from '../../report/draft.ts';
import { apiVersion } from '../../report/schema.ts';
import type { CliContext } from '../shell/context.ts';
import { askForClusters, askForNetworks } from './ask.ts';
import { givenContexts, parseContextOf } from './given.ts';
import { runInit } from './run.ts';
import { initText } from './text.ts';

const flags = { output: 'mesh.yaml', timeout: 1000 };

function thrown(body: () => unknown): IsthmusError | undefined {
  try {
    body();
  } catch (error) {
    if (error instanceof IsthmusError) return error;
  }
  return undefined;
}

describe('the clusters that flags name', () => {
  test('have the name before "=" where a cluster may be called that', () => {
    expect(parseContextOf('west=prod/west')).toEqual({ cluster: 'west', context: 'prod/west' });
    expect(parseContextOf('prod_west=x')).toEqual({ context: 'prod_west=x' });
  });

  test('have the network that is given to their name or context', () => {
    const context = ['west=prod/west', 'east'];
    expect(givenContexts({ ...flags, context, network: ['west=us', 'east=eu'] })).toEqual([
      { cluster: 'west', context: 'prod/west', network: 'us' },
      { context: 'east', network: 'eu' },
    ]);
    expect(thrown(() => givenContexts({ ...flags, context, network: ['north=us'] }))?.code).toBe('usage');
    expect(thrown(() => givenContexts({ ...flags, context, network: ['us'] }))?.message).toBe(
      '"us" names no network for a cluster',
    );
  });
});

describe('a person at a terminal', () => {
  const ports = { environment: {}, homeFolder: '/nowhere' };

  function asking(...answers: readonly string[]): {
    readonly ask: (text: string) => Promise<string>;
    readonly asked: string[];
  } {
    const asked: string[] = [];
    const left = [...answers];
    const ask = async (question: string): Promise<string> => {
      asked.push(question);
      return left.shift() ?? '';
    };
    return { ask, asked };
  }

  test('is asked for what no flag says', async () => {
    const { ask, asked } = asking('west, prod=e1', 'shop');
    const options = await askForClusters({ contexts: [] }, { ask, ports });
    expect(options).toEqual({ contexts: [{ context: 'west' }, { cluster: 'prod', context: 'e1' }], name: 'shop' });
    expect(asked).toHaveLength(2);
    const given = { contexts: [{ context: 'west' }], name: 'shop' };
    expect(await askForClusters(given, { ask: asking().ask, ports })).toEqual(given);
    await expect(askForClusters({}, { ask: asking(' ').ask, ports })).rejects.toMatchObject({ code: 'usage' });
  });

  test('is shown the network that each cluster would get, and may give another', async () => {
    const options = { contexts: [{ context: 'west' }, { context: 'east' }] };
    const kept = asking('', 'east');
    expect(await askForNetworks(options, draft, { ask: kept.ask, flags: {} })).toBe(options);
    expect(kept.asked[0]).toMatch(/^Network of west, pods in 10\.1\.0\.0\/24; .* \[west\]: $/);
    const changed = await askForNetworks(options, draft, { ask: asking('', 'west').ask, flags: {} });
    expect(changed.contexts).toEqual([
      { context: 'west', network: undefined },
      { context: 'east', network: 'west' },
    ]);
    expect(await askForNetworks(options, draft, { ask: asking('a').ask, flags: { network: ['west=us'] } })).toBe(
      options,
    );
  });
});

const cluster = (name: string, podRanges: readonly string[] | null): MeshDraft['clusters'][number] => ({
  ...{ cluster: name, context: name, network: name, podRanges },
  kubernetes: podRanges === null ? null : 'v1.36.3',
  istio: podRanges === null ? null : [{ revision: 'canary', version: '1.30.2' }],
});

const draft: MeshDraft = {
  ...{ apiVersion, kind: 'MeshDraft', mesh: 'shop', text: '' },
  clusters: [cluster('west', ['10.1.0.0/24']), cluster('east', null)],
  notes: [{ cluster: 'east', message: 'the cluster did not answer' }],
  leftOut: [{ file: 'west.yaml', setting: 'spec.profile', reason: 'a reason' }],
};

test('the text says what is declared, worth a look and left out, and ends with the next command', () => {
  expect(initText(draft, { color: false, file: 'my mesh.yaml' })).toBe(`mesh shop: 2 clusters
CLUSTER  CONTEXT  NETWORK  KUBERNETES  PODS         ISTIO
west     west     west     v1.36.3     10.1.0.0/24  1.30.2 (canary)
east     east     east     ?           ?            ?
- east: the cluster did not answer
left out west.yaml spec.profile: a reason
wrote my mesh.yaml
next: isthmus plan -f 'my mesh.yaml'
`);
});

describe('the command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-init-'));
    await writeFile(join(folder, 'west.yaml'), 'global: {meshID: books, network: us, caAddress: "ca.example.org:1"}\n');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function init(
    more: Partial<Parameters<typeof runInit>[0]>,
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const said = { stdout: '', stderr: '' };
    const context = {
      process: { env: { KUBECONFIG: join(folder, 'none') } },
      isTTY: false,
      signal: new AbortController().signal,
    } as unknown as CliContext;
    const terminal = {
      stdout: (text: string): void => {
        said.stdout += text;
      },
      stderr: (text: string): void => {
        said.stderr += text;
      },
      color: false,
    };
    const code = await runInit({ ...flags, output: join(folder, 'mesh.yaml'), ...more }, { context, terminal });
    return { code, ...said };
  }

  test('writes a file that is a mesh, never over another without --force', async () => {
    const from = [join(folder, 'west.yaml')];
    const { code, stdout } = await init({ from });
    expect(code).toBe(0);
    expect(stdout).toContain('left out');
    const file = join(folder, 'mesh.yaml');
    expect(await readFile(file, 'utf8')).toMatch(/^# yaml-language-server: \$schema=.*schemas\/MeshFile\.json\n/);
    const session = await openMesh({ file }, nodePorts({}));
    expect([session.mesh, ...session.clusters]).toEqual(['books', 'west']);
    await writeFile(file, 'mine');
    await expect(init({ from })).rejects.toMatchObject({ code: 'usage' });
    expect(await readFile(file, 'utf8')).toBe('mine');
    await init({ from, force: true });
    expect(await readFile(file, 'utf8')).toContain('kind: MeshCluster');
  });

  test('writes the file to standard output and all else to standard error with -', async () => {
    const { stdout, stderr } = await init({ from: [join(folder, 'west.yaml')], output: '-' });
    expect(stdout).toMatch(/^# yaml-language-server/);
    expect(stderr).toMatch(/next: isthmus plan -f FILE\n$/);
  });

  test('asks for nothing where nobody can be asked', async () => {
    await expect(init({ output: join(folder, 'other.yaml') })).rejects.toMatchObject({
      code: 'usage',
      message: 'no context is named',
    });
    await expect(init({ output: '-', from: [join(folder, 'none.yaml')] })).rejects.toMatchObject({
      code: 'file-unreadable',
    });
  });
});
