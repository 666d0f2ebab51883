import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeProgramsFolder } from '../../lab/istio/programs-folder.ts';
import { run } from '../../lab/src/process/run.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { meshFile } from '../contenders/mesh-file.ts';
import { onFreshLab } from '../fresh-lab.ts';
import { machineFacts } from '../machine.ts';
import { parseOptions } from '../options.ts';
import { table } from '../table.ts';
import { wholeNumber } from '../whole-number.ts';
import { byIstioctl, byOperator, type Pair, type RotationResult, underLoad } from './rotations.ts';
import { sampleManifest } from './sample.ts';

export interface BenchTokensOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const usage = `npm run bench -- tokens [options]

The tokens with which two clusters read each other, exchanged in turn under 200 requests a second to services that only the
other cluster has: by an operator, and by deleting the remote secret and giving a new one as istioctl makes it.

  --rotations 100  by the operator
  --peer 20        by istioctl`;

const limitMs = 600_000;
const [home, remote] = ['c1', 'c2'];

export async function benchTokens({ words, signal, print }: BenchTokensOptions): Promise<void> {
  const options = {
    rotations: { type: 'string', default: '100' },
    peer: { type: 'string', default: '20' },
  } as const;
  const { values } = parseOptions(words, { options }, usage);
  const limits = { min: 1, max: 1000, remedy: usage };
  const rotations = wholeNumber(values.rotations, { flag: '--rotations', ...limits });
  const peer = wholeNumber(values.peer, { flag: '--peer', ...limits });
  const root = resolve(import.meta.dirname, '../..');
  await run(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, signal, timeoutMs: limitMs });
  const { bin } = await toolPaths();
  await onFreshLab({ clusters: 2, istioctl: '', signal }, async ({ lab, work }) => {
    print(table(await machineFacts(bin)));
    const programs = join(work, 'programs');
    writeProgramsFolder(programs, bin);
    const own = { XDG_STATE_HOME: join(work, 'state'), XDG_CACHE_HOME: join(work, 'cache') };
    const env = { ...lab.env, ...own, ISTHMUS_ISTIOCTL: join(programs, 'istioctl') };
    const pair: Pair = { clusters: [home, remote], bin: lab.bin, env, signal };
    await makeMesh(pair, join(work, 'mesh.yaml'));
    const operator = spawn(process.execPath, [program, 'operator', 'run', '--home', home, '--port', '0'], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
      signal,
    });
    const ended = once(operator, 'exit');
    const ours = await underLoad(pair, rotations, byOperator(pair, home, 'bench'));
    operator.kill('SIGTERM');
    await ended;
    print(resultText(ours, await underLoad(pair, peer, byIstioctl(pair))));
  });
}

const program = resolve(import.meta.dirname, '../../dist/isthmus.js');

/** The mesh, the sample in both clusters, and the operator's way into the other one. */
async function makeMesh({ bin, env, signal }: Pair, file: string): Promise<void> {
  const options = { env, signal, timeoutMs: limitMs };
  await writeFile(file, meshFile([home, remote]));
  await run(process.execPath, [program, 'apply', '-f', file], options);
  await run(process.execPath, [program, 'operator', 'grant', '--context', remote, '--home', home], options);
  for (const cluster of [home, remote]) {
    const kubectl = async (words: readonly string[], input = ''): Promise<unknown> =>
      await run(join(bin, 'kubectl'), ['--context', cluster, '-n', 'sample', ...words], { ...options, input });
    await kubectl(['apply', '-f', '-'], sampleManifest(cluster, [home, remote]));
    await kubectl(['wait', '--for=condition=Available', 'deployments', '--all', '--timeout=300s']);
  }
}

function resultText(ours: RotationResult, theirs: RotationResult): string {
  const row = (who: string, { rotations, seconds, sent, lost }: RotationResult): readonly string[] => [
    who,
    ...[rotations, Math.round(seconds), sent, lost].map(String),
    (lost / rotations).toFixed(1),
  ];
  const causes = [ours, theirs].flatMap(({ failures }) => failures.map((one) => JSON.stringify(one)));
  return `\n${table([
    ['who', 'rotations', 'seconds', 'requests', 'lost', 'lost a rotation'],
    row('the operator', ours),
    row('delete and create-remote-secret', theirs),
  ])}\nhow they ended, by client: ${causes.join(' ')}`;
}
