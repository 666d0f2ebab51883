import { join } from 'node:path';
import { endedWith } from '../cli.ts';
import { eventually } from '../eventually.ts';
import { checkout, type TestLab } from '../lab.ts';
import { onThisMachine } from '../patience.ts';
import type { ProgramResult } from '../program.ts';
import { done, mesh } from './done.ts';
import { type Fault, onlyIn, type Pair, pairs, versionIn } from './fault.ts';
import { type Command, commands, type Verdict, verdictOf } from './judge.ts';

const names = ['west', 'east'] as const;
const requestsPerPair = 4;
const settlesWithinMs = 60_000;
const answersWithinMs = 2_000;
/** What fails while pods come and go is not what a fault leaves. */
const timesInARow = 3;
/** What ends with 0 of a mesh that is well; a status has what is wrong with its trust too. */
export const wellForAll: Health = [['status'], ['plan', '--exit-code']];

/** Commands that end with 0 of a mesh that is well. */
export type Health = readonly (readonly string[])[];

/** A mesh as its file has it. */
interface Site {
  readonly lab: TestLab;
  readonly healthy: Health;
  readonly file: string;
}

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
  /** Breaks the mesh, waits until requests show it, asks the commands and more, and mends it again until all is well. */
  tried(fault: Fault, asked?: readonly Command[], more?: () => Promise<void>): Promise<Observed>;
  /** The same, with a look at the broken mesh in place of the commands. */
  under<T>(fault: Fault, look: (red: readonly Pair[]) => Promise<T>): Promise<T>;
  /** Breaks the mesh as `under` does and lets `mend` mend it: that, or what is not well after it. Ends with a mesh that is well. */
  mendedBy(fault: Fault, look: () => Promise<void>, mend: () => Promise<void>): Promise<string | undefined>;
}

/** Makes the clusters of the lab that mesh. */
export async function meshUnderFault(
  lab: TestLab,
  healthy: Health = wellForAll,
  file: string = mesh,
): Promise<MeshUnderFault> {
  const site: Site = { lab, healthy, file };
  endedWith(0, await lab.isthmus.run(['apply', '-f', file]));
  await deploy(lab);
  await settled(lab, (red) => red.length === 0);
  const broken = async (fault: Fault): Promise<readonly Pair[]> => {
    for (const step of fault.inject) await done(lab, step, file);
    return await settled(lab, (seen) => fault.red.every((pair) => seen.includes(pair)));
  };
  const under: MeshUnderFault['under'] = async (fault, look) => {
    try {
      return await look(await broken(fault));
    } finally {
      await heal(site, fault);
    }
  };
  const mendedBy: MeshUnderFault['mendedBy'] = async (fault, look, mend) => {
    try {
      await broken(fault);
      await look();
      await mend();
      await isWell(site);
      return undefined;
    } catch (problem) {
      await heal(site, fault);
      return String(problem);
    }
  };
  return {
    under,
    mendedBy,
    tried: async (fault, asked = commands, more = undefined) =>
      await under(fault, async (red) => {
        const observed = { red, ...(await ask(site, fault, asked)) };
        await more?.();
        return observed;
      }),
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

/** Mends what was broken; an error unless requests pass and the commands find nothing wrong. */
async function heal(site: Site, { heal: steps, after }: Fault): Promise<void> {
  const { lab, file } = site;
  for (const step of steps) await done(lab, step, file);
  endedWith(0, await lab.isthmus.run(['apply', '-f', file]));
  for (const step of after) await done(lab, step, file);
  await isWell(site);
}

/** Waits until requests pass and the commands find nothing wrong. */
async function isWell(site: Site): Promise<void> {
  await Promise.all([settled(site.lab, (red) => red.length === 0), foundHealthy(site)]);
}

async function foundHealthy({ lab, healthy, file }: Site): Promise<void> {
  await eventually(
    async () => {
      const results = await Promise.all(healthy.map(async (words) => await lab.isthmus.run([...words, '-f', file])));
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
      const seconds = `${Math.ceil(onThisMachine(answersWithinMs) / 1000)}`;
      const curl = ['lab-curl', '-m', seconds, '-n', `${requestsPerPair}`, `http://only-${to}.sample:5000/hello`];
      const said = await lab
        .kubectl(from, '-n', 'sample', 'exec', 'deploy/client', '-c', 'client', '--', ...curl)
        .catch(String);
      return [...said.matchAll(/version: v\d/g)].length < requestsPerPair;
    }),
  );
  return pairs.filter((_, index) => failing[index]);
}

/** Waits until the pairs that fail are as expected three times in a row, and gives them. */
async function settled(lab: TestLab, expected: (red: readonly Pair[]) => boolean): Promise<readonly Pair[]> {
  const seen: string[] = [];
  let red: readonly Pair[] = [];
  await eventually(
    async () => {
      red = await redPairs(lab);
      seen.push(red.join());
      const last = seen.slice(-timesInARow);
      const stays = last.length === timesInARow && last.every((one) => one === red.join());
      return stays && expected(red) ? undefined : `requests fail: ${red.join(', ') || 'none'}`;
    },
    { timeoutMs: settlesWithinMs },
  );
  return red;
}

async function ask(
  { lab, file }: Site,
  { red: [pair] }: Fault,
  asked: readonly Command[],
): Promise<Omit<Observed, 'red'>> {
  const results = new Map<Command, ProgramResult>();
  const run = async (command: Command): Promise<void> => {
    results.set(command, await lab.isthmus.run([...wordsOf(command, pair), '-f', file]));
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
  return [command, '-o', 'json', ...more[command]];
}
