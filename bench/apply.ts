import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { writeProgramsFolder } from '../lab/istio/programs-folder.ts';
import { run as runCommand } from '../lab/src/process/run.ts';
import { preparedImages } from '../lab/src/tools/prepared-images.ts';
import { toolPaths } from '../lab/src/tools/tool-paths.ts';
import type { BenchArguments, Contender, Course } from './arguments.ts';
import { measureIsthmus, measureUnchanged, type Unchanged } from './contenders/isthmus.ts';
import { measureManual } from './contenders/manual.ts';
import { readCpu, shareOfOthers, untilQuiet } from './cpu.ts';
import { onFreshLab } from './fresh-lab.ts';
import { machineFacts } from './machine.ts';
import { resultText, runLine, unchangedText } from './report.ts';
import type { Ground, Measured, Run } from './run.ts';
import { alternating } from './statistics.ts';
import { table } from './table.ts';

/** A machine that is never quiet gives figures nevertheless; the line of the run says how busy it was. */
const maxAttempts = 5;

export interface BenchOptions extends BenchArguments {
  readonly signal: AbortSignal;
  /** One or more lines for standard output. */
  readonly print: (text: string) => void;
}

/** Runs the benchmark and prints each run as it ends, then the medians. Nothing is left on the machine. */
export async function benchApply(options: BenchOptions): Promise<void> {
  const root = resolve(import.meta.dirname, '..');
  await runCommand(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, signal: options.signal });
  const tools = await toolPaths();
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-bench-'));
  try {
    const programs = join(folder, 'programs');
    writeProgramsFolder(programs, [tools.bin]);
    options.print(table(await machineFacts(tools.bin)));
    await readOnce([tools.bin, (await preparedImages(tools)).containerdRoot], options.signal);
    for (const course of options.courses) {
      await runCourse(course, { options, folder, istioctl: join(programs, 'istioctl') });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Track {
  readonly options: BenchOptions;
  readonly folder: string;
  readonly istioctl: string;
}

async function runCourse({ clusters, rounds }: Course, { options, folder, istioctl }: Track): Promise<void> {
  const { print, repeats } = options;
  const runs: Run[] = [];
  const unchanged: Unchanged[] = [];
  // Of the cold runs, each its own; a warm one takes that of the last cold one.
  const caches: string[] = [];
  const order = alternating(options.contenders, rounds);
  print(`\n${clusters} clusters: ${order.join(', ')}`);
  const lastOurs = order.findLastIndex((contender) => contender === 'isthmus' || contender === 'isthmus-warm');
  for (const [index, contender] of order.entries()) {
    const cache = (): string => {
      if (contender === 'isthmus') caches.push(join(folder, `cache-${clusters}-${caches.length}`));
      return caches.at(-1) ?? folder;
    };
    const attempts = { contender, clusters, istioctl, cache, unchanged: index === lastOurs ? repeats : 0 };
    const { run: counted, repeated } = await runUntilQuiet(attempts, options);
    runs.push(counted);
    unchanged.push(...repeated);
  }
  print(resultText(runs));
  if (unchanged.length > 0) print(unchangedText(unchanged));
}

interface Attempts {
  readonly contender: Contender;
  readonly clusters: number;
  readonly istioctl: string;
  /** The folder for istioctl's output in the next attempt. */
  readonly cache: () => string;
  /** How many applies without changes follow. */
  readonly unchanged: number;
}

interface Attempt {
  readonly run: Run;
  readonly counts: boolean;
  readonly repeated: readonly Unchanged[];
}

/** Runs on fresh clusters, and again on other fresh ones where something else took too much of the machine. */
async function runUntilQuiet(attempts: Attempts, { quiet, signal, print }: BenchOptions): Promise<Attempt> {
  const { contender, clusters, istioctl } = attempts;
  for (let attempt = 0; ; attempt += 1) {
    await untilQuiet(quiet, signal);
    const cache = attempts.cache();
    const done = await onFreshLab({ clusters, istioctl, signal }, async (ground): Promise<Attempt> => {
      const before = readCpu(ground.lab.name);
      const measured = await measure(contender, ground, cache);
      const after = readCpu(ground.lab.name);
      const others = shareOfOthers(before, after);
      const counts = others <= quiet || attempt === maxAttempts - 1;
      const repeated: Unchanged[] = [];
      while (counts && repeated.length < attempts.unchanged) repeated.push(await measureUnchanged(ground, cache));
      return {
        run: { contender, clusters, cpuSeconds: after.own - before.own, others, ...measured },
        counts,
        repeated,
      };
    });
    print(`${runLine(done.run)}${done.counts ? '' : ', too much: once more'}`);
    if (done.counts) return done;
  }
}

async function measure(contender: Contender, ground: Ground, cache: string): Promise<Measured> {
  switch (contender) {
    case 'isthmus':
    case 'isthmus-warm':
      return await measureIsthmus(ground, cache);
    case 'manual':
      return await measureManual(ground, 'early');
    case 'manual-documented':
      return await measureManual(ground, 'last');
  }
}

/** Reads every program once, so that the first run does not wait for the disk where the later ones find memory. */
async function readOnce(folders: readonly string[], signal: AbortSignal): Promise<void> {
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = await realpath(join(entry.parentPath, entry.name));
      await finished(createReadStream(path, { highWaterMark: 1 << 20 }).resume(), { signal });
    }
  }
}
