import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { inject } from 'vitest';
import { buildIsthmusImage } from '../../lab/src/images/build.ts';
import { type Lab, type LabRequest, startLab, stopLab } from '../../lab/src/lab.ts';
import { labPaths } from '../../lab/src/state/paths.ts';
import { buildIstio } from '../../lab/src/tools/build.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { type Cli, createCli } from './cli.ts';
import { keepPodsOf } from './processor.ts';
import { runProgram } from './program.ts';
import { timed } from './steps.ts';

/** A lab of a test file, with a user's folders beside it. Disposing removes all of it. */
export interface TestLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly isthmus: Cli;
  /** The image of the package under test, which verify takes by default; empty without nodes. */
  readonly isthmusImage: string;
  /** Puts the operator's image of the package under test into the registry of the lab. */
  provideOperatorImage(): Promise<void>;
  /** The environment of the user's commands. */
  readonly env: NodeJS.ProcessEnv;
  /** A folder of this run, where the commands are run. */
  readonly folder: string;
  /** Where the roots' keys are. */
  readonly stateFolder: string;
  /** Runs kubectl in a cluster; a failure is an error. Gives its standard output. */
  kubectl(cluster: string, ...args: string[]): Promise<string>;
  /** What kubectl gives as JSON. */
  objects<T>(cluster: string, ...args: string[]): Promise<T>;
  istioctl(cluster: string, ...args: string[]): Promise<string>;
  /** Writes a file into the folder and gives its path. */
  file(name: string, text: string): Promise<string>;
}

export const checkout: string = resolve(import.meta.dirname, '../..');

const toolTimeoutMs = 260_000;

export const twoClusters: LabRequest['clusters'] = [
  { name: 'west', network: 'us' },
  { name: 'east', network: 'eu' },
];

/** Starts a lab of that name; one that an interrupted run left goes first. */
export async function startTestLab(request: LabRequest): Promise<TestLab> {
  for (const istio of request.istios ?? []) {
    // Only the tests that need it pay for it.
    await timed(`build Istio ${istio}`, () => buildIstio(istio, { report: (line) => console.info(line) }));
  }
  const lab = await timed('start lab', async () => {
    await stopLab(request.name);
    return await startLab(request);
  });
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-test-'));
  const stateFolder = join(folder, 'state');
  const env = { ...process.env, ...lab.env, XDG_STATE_HOME: stateFolder, XDG_CACHE_HOME: join(folder, 'cache') };
  const tool = async (name: string, args: readonly string[]): Promise<string> => {
    const options = { cwd: checkout, env: { ...process.env, ...lab.env }, timeoutMs: toolTimeoutMs };
    const kind = ['wait', 'rollout'].find((word) => args.includes(word)) ?? '';
    const { code, stdout, stderr } = await timed(`${name} ${kind}`.trim(), () =>
      runProgram(join(lab.bin, name), args, options),
    );
    if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  const kubectl: TestLab['kubectl'] = (cluster, ...args) => tool('kubectl', ['--context', cluster, ...args]);
  const isthmusImage =
    request.controlPlaneOnly === true ? '' : await timed('image of the package', () => provideImage(lab));
  return {
    lab,
    isthmus: createCli({ cwd: folder, env }),
    isthmusImage,
    provideOperatorImage: async () => void (await timed('image of the operator', () => provideImage(lab, 'With'))),
    env,
    folder,
    stateFolder,
    kubectl,
    objects: async (cluster, ...args) => JSON.parse(await kubectl(cluster, ...args, '-o', 'json')),
    istioctl: (cluster, ...args) => tool('istioctl', ['--context', cluster, ...args]),
    async file(name, text) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return path;
    },
    async [Symbol.asyncDispose]() {
      keepPodsOf(lab.name);
      await timed('stop lab', async () => await lab[Symbol.asyncDispose]());
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The image of the package under test, in the registry of the lab: the pods of verify run it. */
async function provideImage(lab: Lab, operator?: 'With'): Promise<string> {
  const { cache, bin } = await toolPaths();
  const { isthmusImage: layout } = labPaths(lab.name);
  const { name } = await buildIsthmusImage({ cache, bin, checkout: inject('packageFolder'), layout, operator });
  return name;
}
