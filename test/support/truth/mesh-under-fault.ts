import { join } from 'node:path';
import { cutLink, healLinks } from '../../../lab/src/links.ts';
import { endedWith } from '../cli.ts';
import { eventually } from '../eventually.ts';
import { checkout, type TestLab } from '../lab.ts';
import type { ProgramResult } from '../program.ts';
import { type Data, type Fault, onlyIn, type Pair, pairs, type Step, versionIn } from './fault.ts';
import { type Command, commands, type Verdict, verdictOf } from './judge.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');
const names = ['west', 'east'] as const;
const requestsPerPair = 4;
const settlesWithinMs = 60_000;
/** What ends with 0 of a mesh that is well. */
const healthy = [['status'], ['trust'], ['plan', '--exit-code']];

/** What became of a fault. */
export interface Observed {
  /** The pairs of which requests failed. */
  readonly red: readonly Pair[];
  readonly verdicts: Partial<Readonly<Record<Command, Verdict>>>;
  /** What each command said. */
  readonly said: Partial<Readonly<Record<Command, string>>>;
}

/** A mesh of two clusters on two networks, with a client in each and a service that only one of them serves. */
export interface MeshUnderFault {
  /** Breaks the mesh, waits until requests show it, asks the commands, and mends it again until all of it is well. */
  tried(fault: Fault, asked?: readonly Command[]): Promise<Observed>;
}

/** Makes the clusters of the lab that mesh. */
export async function meshUnderFault(lab: TestLab): Promise<MeshUnderFault> {
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  await deploy(lab);
  await settled(lab, (red) => red.length === 0);
  return {
    async tried(fault, asked = commands) {
      try {
        for (const step of fault.inject) await done(lab, step);
        const red = await settled(lab, (seen) => fault.red.every((pair) => seen.includes(pair)));
        return { red, ...(await ask(lab, fault, asked)) };
      } finally {
        await heal(lab, fault);
      }
    },
  };
}

async function deploy(lab: TestLab): Promise<void> {
  const file = (name: string): string => join(checkout, 'lab/manifests', name);
  const services = await Promise.all(names.map((name) => lab.file(`${name}.json`, JSON.stringify(onlyIn(name)))));
  await Promise.all(
    names.map(async (name) => {
      const inSample = (...words: readonly string[]): Promise<string> => lab.kubectl(name, '-n', 'sample', ...words);
      await inSample('apply', '-f', file('client.yaml'), ...services.flatMap((path) => ['-f', path]));
      await inSample('apply', '-f', file('helloworld.yaml'), '-l', `version=${versionIn(name)}`);
      await inSample('wait', 'deploy', '--all', '--for=condition=Available', '--timeout=240s');
    }),
  );
}

async function done(lab: TestLab, step: Step): Promise<void> {
  if ('link' in step) {
    await (step.link === 'cut' ? cutLink(lab.lab.name, names) : healLinks(lab.lab.name));
  } else if ('object' in step) {
    const file = await lab.file('object.json', JSON.stringify(step.object));
    await lab.kubectl(step.at, 'apply', '--server-side', '--force-conflicts', '-f', file);
  } else if ('edit' in step) {
    const inSystem = ['-n', 'istio-system'];
    const { data } = await lab.objects<{ data: Data }>(step.at, ...inSystem, 'get', step.edit);
    const patch = JSON.stringify({ data: await step.data(data) });
    await lab.kubectl(step.at, ...inSystem, 'patch', step.edit, '--type=merge', '-p', patch);
  } else await lab.kubectl(step.at, ...step.kubectl);
}

/** Mends what was broken; an error unless requests pass and the commands find nothing wrong. */
async function heal(lab: TestLab, { heal: steps, after }: Fault): Promise<void> {
  for (const step of steps) await done(lab, step);
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  for (const step of after) await done(lab, step);
  await settled(lab, (red) => red.length === 0);
  await eventually(
    async () => {
      const results = await Promise.all(healthy.map(async (words) => await lab.isthmus.run([...words, '-f', mesh])));
      return results.every(({ code }) => code === 0) ? undefined : results.map(({ stdout }) => stdout).join('\n');
    },
    { timeoutMs: settlesWithinMs },
  );
}

/** The pairs of which a request fails now. */
async function redPairs(lab: TestLab): Promise<readonly Pair[]> {
  const failing = await Promise.all(
    pairs.map(async (pair) => {
      const [from = '', to] = pair.split(' ');
      const curl = ['lab-curl', '-m', '2', '-n', `${requestsPerPair}`, `http://only-${to}.sample:5000/hello`];
      const said = await lab
        .kubectl(from, '-n', 'sample', 'exec', 'deploy/client', '-c', 'client', '--', ...curl)
        .catch(String);
      return [...said.matchAll(/version: v\d/g)].length < requestsPerPair;
    }),
  );
  return pairs.filter((_, index) => failing[index]);
}

/** Waits until the pairs that fail are as expected twice in a row, and gives them. */
async function settled(lab: TestLab, expected: (red: readonly Pair[]) => boolean): Promise<readonly Pair[]> {
  let before: string | undefined;
  let red: readonly Pair[] = [];
  await eventually(
    async () => {
      red = await redPairs(lab);
      const same = before === red.join();
      before = red.join();
      return same && expected(red) ? undefined : `requests fail: ${red.join(', ') || 'none'}`;
    },
    { timeoutMs: settlesWithinMs },
  );
  return red;
}

async function ask(lab: TestLab, { red: [pair] }: Fault, asked: readonly Command[]): Promise<Omit<Observed, 'red'>> {
  const results = new Map<Command, ProgramResult>();
  const run = async (command: Command): Promise<void> => {
    results.set(command, await lab.isthmus.run(wordsOf(command, pair)));
  };
  // The pods of verify come last: the others read a mesh without them.
  await Promise.all(asked.filter((command) => command !== 'verify').map(run));
  if (asked.includes('verify')) await run('verify');
  const verdicts: Partial<Record<Command, Verdict>> = {};
  const said: Partial<Record<Command, string>> = {};
  for (const [command, result] of results) {
    verdicts[command] = verdictOf(command, result);
    said[command] = `${result.code}\n${result.stdout}${result.stderr}`;
  }
  return { verdicts, said };
}

/** The pair is what trace is asked about. */
function wordsOf(command: Command, pair: Pair = 'west east'): readonly string[] {
  const [from, to] = pair.split(' ');
  const more: Readonly<Record<Command, readonly string[]>> = {
    status: [],
    trust: [],
    plan: ['--exit-code'],
    verify: ['--requests', '5'],
    trace: ['--from', `${from}/sample/client`, '--to', `only-${to}:5000`],
    whatif: [],
  };
  return [command, '-f', mesh, '-o', 'json', ...more[command]];
}
