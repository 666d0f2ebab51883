import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLab, stopLab } from '../lab/src/lab.ts';
import { labPaths } from '../lab/src/state/paths.ts';

const root = resolve(import.meta.dirname, '..');
const labName = 'demo';
const meshFile = 'examples/two-networks/mesh.yaml';
const clusters = [
  { name: 'west', network: 'us' },
  { name: 'east', network: 'eu' },
] as const;
const calls = 20;
const patienceMs = 20_000;
const started = performance.now();

function say(text: string): void {
  process.stdout.write(`\n\u001b[1m== ${text}\u001b[0m (${((performance.now() - started) / 1000).toFixed(0)} s)\n`);
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A quiet one prints nothing; one that shares has the terminal to itself. */
  readonly output?: 'Quiet' | 'Shared';
}

/** Runs a program to its end and gives what it printed; a failure ends the demo and leaves the clusters for a look. */
async function run({ program, args, env = {}, output: wanted }: Command): Promise<string> {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', wanted === 'Shared' ? 'inherit' : 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (wanted === undefined) process.stdout.write(chunk);
  });
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with code ${code}`);
  return output;
}

async function up(): Promise<void> {
  const node = process.execPath;
  say('Programs and images of the lab (built once, then taken from the cache)');
  await run({ program: node, args: ['lab/src/main.ts', 'tools'], output: 'Shared' });
  await run({ program: node, args: ['scripts/build.ts'] });
  say('Two clusters, west and east, on two networks');
  const lab = await startLab({ name: labName, clusters, report: (line) => process.stdout.write(`${line}\n`) });
  await run({ program: node, args: ['lab/src/main.ts', 'image', '--lab', labName] });
  const env = {
    KUBECONFIG: lab.kubeconfig,
    PATH: `${lab.bin}:${process.env.PATH ?? ''}`,
    // The demo's root lives and goes with the demo.
    XDG_STATE_HOME: join(labPaths(labName).state, 'home'),
  };
  const isthmus = join(root, 'dist/isthmus.js');
  say(`One mesh, verified with real requests: isthmus apply --verify -f ${meshFile}`);
  await run({ program: node, args: [isthmus, 'apply', '--verify', '-f', meshFile], env });
  say('helloworld v1 in west, v2 in east, and a client in west');
  const kubectl = (...args: string[]): Promise<string> =>
    run({ program: join(lab.bin, 'kubectl'), args, env, output: 'Quiet' });
  await Promise.all(
    clusters.map(async ({ name }, index) => {
      const manifest = ['-n', 'sample', '-f', 'lab/manifests/helloworld.yaml'];
      await kubectl('--context', name, 'apply', ...manifest, '-l', 'service=helloworld');
      await kubectl('--context', name, 'apply', ...manifest, '-l', `version=v${index + 1}`);
    }),
  );
  await kubectl('--context', 'west', 'apply', '-n', 'sample', '-f', 'lab/manifests/client.yaml');
  await Promise.all(
    clusters.map(({ name }) =>
      kubectl(
        '--context',
        name,
        '-n',
        'sample',
        'wait',
        '--for=condition=Available',
        'deployment',
        '--all',
        '--timeout=60s',
      ),
    ),
  );
  say(`${calls} calls from the client in west to helloworld`);
  const answers = await callsToBoth(kubectl);
  for (const [version, count] of [...answers].sort()) process.stdout.write(`  ${version}: ${count} of ${calls}\n`);
  if (answers.size < 2) throw new Error('only one of the two versions answered');
  farewell(lab.kubeconfig);
}

/** The answers to some calls; to later ones where the client has not heard of both versions yet. */
async function callsToBoth(kubectl: (...args: string[]) => Promise<string>): Promise<Map<string, number>> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const answers = await callHelloworld(kubectl);
    if (answers.size > 1 || performance.now() > until) return answers;
    await delay(500);
  }
}

async function callHelloworld(kubectl: (...args: string[]) => Promise<string>): Promise<Map<string, number>> {
  const url = 'http://helloworld.sample:5000/hello';
  const output = await kubectl(
    '--context',
    'west',
    '-n',
    'sample',
    'exec',
    'deploy/client',
    '-c',
    'client',
    '--',
    'curl',
    '-s',
    '-n',
    String(calls),
    url,
  );
  const answers = new Map<string, number>();
  for (const [, version = ''] of output.matchAll(/version: (v\d)/g)) {
    const where = version === 'v1' ? 'v1 (west)' : 'v2 (east)';
    answers.set(where, (answers.get(where) ?? 0) + 1);
  }
  return answers;
}

function farewell(kubeconfig: string): void {
  say('Done: one mesh of two clusters, answering from both');
  process.stdout.write(`
Go on exploring:
  eval "$(npx --no lab env --lab ${labName})"        # KUBECONFIG and the lab's kubectl and istioctl
  kubectl config get-contexts                # west and east
  istioctl --context west remote-clusters
  istioctl --context west proxy-config endpoint deploy/client -n sample | grep helloworld
  node_modules/.bin/node dist/isthmus.js status -f ${meshFile}
  node_modules/.bin/node dist/isthmus.js dashboard -f ${meshFile}
  npx --no lab cut west east --lab ${labName}        # and heal; see npx --no lab help

The kubeconfig is ${kubeconfig}. Take everything away again with: make demo-down
`);
}

async function main(action: string | undefined): Promise<void> {
  if (action === 'down') {
    await stopLab(labName);
    process.stdout.write(`removed ${labPaths(labName).state}; nothing is left running\n`);
    return;
  }
  await up();
}

await main(process.argv[2]);
