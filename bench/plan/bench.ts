import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { run } from '../../lab/src/process/run.ts';
import { openContext } from '../../src/fleet/fleet.ts';
import { istioNamespace } from '../../src/istio/names.ts';
import { meshFile } from '../contenders/mesh-file.ts';
import { type ControlPlanes, onControlPlanes } from '../control-planes.ts';
import { readCpu, shareOfOthers } from '../cpu.ts';
import { machineFacts } from '../machine.ts';
import { type MemoryPeaks, watchMemory } from '../memory.ts';
import { processPorts } from '../process-ports.ts';
import { table } from '../table.ts';
import { type TimedResult, timed } from '../timed-process.ts';
import { type PlanArguments, parsePlanArguments } from './arguments.ts';
import { type PlanRun, resultText, runLine } from './report.ts';

const labName = 'bench-plan';
const limitMs = 300_000;

export interface BenchPlanOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** Plans a mesh of empty clusters, and prints seconds, memory and requests. */
export async function benchPlan({ words, signal, print }: BenchPlanOptions): Promise<void> {
  const wanted = parsePlanArguments(words);
  const root = resolve(import.meta.dirname, '../..');
  await run(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, signal });
  await onControlPlanes({ name: labName, clusters: wanted.clusters, signal }, async (ground) => {
    print(table(await machineFacts(ground.lab.bin)));
    print(`\n${wanted.clusters} clusters`);
    const file = join(ground.folder, 'mesh.yaml');
    await writeFile(file, meshFile(ground.clusters));
    const runs: PlanRun[] = [];
    let cache = ground.folder;
    for (const way of waysOf(wanted)) {
      if (way === 'isthmus') cache = join(ground.folder, `cache-${runs.length}`);
      if (way === 'hand') await Promise.all(ground.clusters.map(async (name) => await withNamespace(name, ground)));
      const one = await measure(way, { ground, file, root, cache });
      runs.push(one);
      print(runLine(one));
    }
    print(`\n${resultText(runs)}`);
  });
}

/** With an empty cache each time, then with what the last of these left; the way by hand takes minutes. */
function waysOf({ runs, hand }: PlanArguments): readonly PlanRun['way'][] {
  const each = (way: PlanRun['way']): readonly PlanRun['way'][] => Array.from({ length: runs }, () => way);
  return [...each('isthmus'), ...each('isthmus-warm'), ...(hand === 'Measured' ? (['hand'] as const) : [])];
}

interface Measuring {
  readonly ground: ControlPlanes;
  readonly file: string;
  readonly root: string;
  /** The folder for istioctl's output. */
  readonly cache: string;
}

async function measure(way: PlanRun['way'], { ground, file, root, cache }: Measuring): Promise<PlanRun> {
  const { lab, folder: work, clusters, signal } = ground;
  const isthmus = [process.execPath, join(root, 'dist/isthmus.js'), 'plan', '-f', file, '-o', 'json'] as const;
  const hand = ['/bin/sh', join(root, 'bench/contenders/manifest-diff.sh'), ...clusters] as const;
  const [program, ...args] = way === 'hand' ? hand : isthmus;
  let memory: (Disposable & { readonly peaks: () => MemoryPeaks }) | undefined;
  const before = readCpu(lab.name);
  const result = await timed({
    program,
    args,
    env: { ...lab.env, WORK: work, XDG_CACHE_HOME: cache, XDG_STATE_HOME: work },
    signal,
    timeoutMs: limitMs,
    onStart: (pid) => {
      memory = watchMemory(pid);
    },
  });
  const after = readCpu(lab.name);
  const peaks = memory?.peaks() ?? { process: 0, group: 0 };
  memory?.[Symbol.dispose]();
  if (result.code !== 0) throw failure(way, result);
  const report = way === 'hand' ? undefined : planReport.parse(JSON.parse(result.stdout));
  if (report !== undefined) requireWhole(report, clusters);
  const counts = { requests: report?.requests, objects: report?.totals.create };
  const cpu = { cpuSeconds: after.own - before.own, others: shareOfOthers(before, after) };
  return { way, seconds: result.seconds, peaks, ...cpu, ...counts };
}

const planReport = z.object({
  requests: z.number(),
  totals: z.object({ create: z.number() }),
  clusters: z.array(z.object({ cluster: z.string(), outcome: z.string() })),
});

/** A plan that lacks a cluster is worth nothing as a figure. */
function requireWhole(report: z.output<typeof planReport>, clusters: readonly string[]): void {
  const planned = report.clusters.filter(({ outcome }) => outcome === 'Planned').length;
  if (planned !== clusters.length) throw new Error(`${planned} of ${clusters.length} clusters were planned`);
}

async function withNamespace(context: string, { lab }: ControlPlanes): Promise<void> {
  await using client = await openContext(context, processPorts(lab.env));
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: istioNamespace };
  if ((await client.get(ref)) !== undefined) return;
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: istioNamespace } });
}

function failure(way: string, { code, lines }: TimedResult): Error {
  const shown = lines.slice(-20).map(({ text }) => text);
  return new Error(`${way} ended with code ${code}:\n${shown.join('\n')}`);
}
