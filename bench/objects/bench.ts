import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type Lab, startLab, stopLab } from '../../lab/src/lab.ts';
import { delayLink, healLinks } from '../../lab/src/links.ts';
import { inNamespace } from '../../lab/src/network/namespaces.ts';
import { namespaceName } from '../../lab/src/state/paths.ts';
import { bundle } from '../../scripts/bundle.ts';
import { openContext } from '../../src/fleet/fleet.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';
import { readCpu, shareOfOthers } from '../cpu.ts';
import { emptyNamespaces } from '../empty-namespaces.ts';
import { machineFacts } from '../machine.ts';
import { processPorts } from '../process-ports.ts';
import { alternating } from '../statistics.ts';
import { table } from '../table.ts';
import { type TimedResult, timed } from '../timed-process.ts';
import { parseObjectsArguments, type Writer } from './arguments.ts';
import { type Command, commandsFor } from './contenders.ts';
import { mixture, namespace } from './mixture.ts';
import { type ObjectsRun, type OwnCounts, resultText, runText } from './report.ts';
import { installDefinitions, requireThere } from './target.ts';

const labName = 'bench-obj';
/** The objects go into the first one; the writers run in the network of the other, so that the lab can delay them. */
const [target, seat] = ['target', 'seat'] as const;
const limitMs = 300_000;

export interface BenchObjectsOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** What every run has. */
interface Bench {
  readonly lab: Lab;
  /** Past the delay. */
  readonly client: KubeClient;
  readonly objects: readonly KubeObject[];
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Lets each writer write the objects at each round-trip time, and prints seconds and ratios. */
export async function benchObjects({ words, signal, print }: BenchObjectsOptions): Promise<void> {
  const { objects: count, roundTrips, rounds, writers } = parseObjectsArguments(words);
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-bench-objects-'));
  try {
    await stopLab(labName);
    const clusters = [target, seat].map((name) => ({ name, network: name }));
    await using lab = await startLab({ name: labName, clusters, controlPlaneOnly: true, signal });
    print(table(await machineFacts(lab.bin)));
    const program = resolve(import.meta.dirname, '../contenders/objects.ts');
    await bundle({ objects: program }, join(folder, 'dist'));
    const objects = mixture(count);
    const isthmus = join(folder, 'dist/objects.js');
    const commands = await commandsFor({ objects, context: target, folder, isthmus });
    const env = { ...lab.env, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
    await using client = await openContext(target, processPorts(env));
    const bench: Bench = { lab, client, objects, env, signal };
    await installDefinitions(target, env);
    // What kubectl and Helm know of the cluster's kinds they keep in a folder; it is there from the first run on.
    await seated(bench, ['kubectl', '--context', target, 'api-resources']);
    print(`\n${count} objects of ${new Set(objects.map(({ kind }) => kind)).size} kinds`);
    const runs: ObjectsRun[] = [];
    for (const roundTrip of roundTrips) {
      if (roundTrip === 0) await healLinks(lab.name);
      else await delayLink(lab.name, [target, seat], roundTrip / 2);
      for (const writer of alternating(writers, rounds)) {
        const one = await measure(bench, { writer, roundTrip, command: commands[writer] });
        runs.push(one);
        print(runText(one));
      }
    }
    print(`\n${resultText(runs)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Measuring {
  readonly writer: Writer;
  readonly roundTrip: number;
  readonly command: Command;
}

async function measure(bench: Bench, { writer, roundTrip, command }: Measuring): Promise<ObjectsRun> {
  const { client, objects, signal, lab } = bench;
  await emptyNamespaces(client, [namespace, systemNamespace], signal);
  const before = readCpu(lab.name);
  const fresh = await seated(bench, command);
  const cpuSeconds = readCpu(lab.name).own - before.own;
  await requireThere(client, objects, signal);
  const unchanged = await seated(bench, command);
  const others = shareOfOthers(before, readCpu(lab.name));
  const counts =
    writer === 'isthmus' ? { fresh: countsOf(fresh.stdout), unchanged: countsOf(unchanged.stdout) } : undefined;
  return { writer, roundTrip, fresh: fresh.seconds, unchanged: unchanged.seconds, cpuSeconds, others, counts };
}

const counts = z.object({ requests: z.number(), writes: z.number(), lists: z.number(), processorMs: z.number() });

function countsOf(stdout: string): OwnCounts {
  return counts.parse(JSON.parse(stdout));
}

/** Runs a command where the lab's delay is between it and the cluster. */
async function seated({ lab, env, signal }: Bench, command: Command): Promise<TimedResult> {
  const [program, ...args] = inNamespace(namespaceName(lab.name, seat), command);
  const result = await timed({ program, args, env, signal, timeoutMs: limitMs });
  if (result.code === 0) return result;
  const shown = result.lines.slice(-10).map(({ text }) => text);
  throw new Error(`${command.join(' ')} ended with code ${result.code}:\n${shown.join('\n')}`);
}
