import { join, resolve } from 'node:path';
import { run } from '../../lab/src/process/run.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { loadText, machineFacts } from '../machine.ts';
import { table } from '../table.ts';
import { type OperatorArguments, type Part, parseOperatorArguments } from './arguments.ts';
import { measureAvailable } from './available.ts';
import { measureChurn } from './churn.ts';
import { measureDetection } from './detect.ts';
import { measureIdle } from './idle.ts';
import { measureIdleFleet } from './idle-fleet.ts';
import { measureRestorations } from './restore.ts';
import { measureRotations } from './rotation/rotate.ts';

export interface BenchOperatorOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** What each part of the benchmark gets. */
export interface PartOptions {
  readonly wanted: OperatorArguments;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const measures: Readonly<Record<Part, (options: PartOptions) => Promise<void>>> = {
  restore: measureRestorations,
  rotate: measureRotations,
  detect: measureDetection,
  available: measureAvailable,
  idle: measureIdle,
  idle20: measureIdleFleet,
  churn: measureChurn,
};

const buildLimitMs = 300_000;

/** Measures an operator part by part, each on fresh clusters. */
export async function benchOperator({ words, signal, print }: BenchOperatorOptions): Promise<void> {
  const wanted = parseOperatorArguments(words);
  const root = resolve(import.meta.dirname, '../..');
  await run(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, signal, timeoutMs: buildLimitMs });
  const { bin } = await toolPaths();
  print(table(await machineFacts(bin)));
  for (const part of wanted.parts) {
    print(`\n${part}: load average ${loadText()} at the start`);
    await measures[part]({ wanted, signal, print });
    print(`${part}: load average ${loadText()} at the end`);
  }
}
