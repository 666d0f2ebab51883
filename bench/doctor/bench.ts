import { join, resolve } from 'node:path';
import { run } from '../../lab/src/process/run.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { loadText, machineFacts } from '../machine.ts';
import { table } from '../table.ts';
import { type DoctorArguments, type Part, parseDoctorArguments } from './arguments.ts';
import { measureFaults, measurePairs } from './faults.ts';
import { measureSeconds } from './seconds.ts';
import { measureSnapshot } from './snapshot.ts';

export interface BenchDoctorOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** What each part of the benchmark gets. */
export interface PartOptions {
  readonly wanted: DoctorArguments;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const checkout = resolve(import.meta.dirname, '../..');

const measures: Readonly<Record<Part, (options: PartOptions) => Promise<void>>> = {
  faults: measureFaults,
  pairs: measurePairs,
  seconds: measureSeconds,
  snapshot: measureSnapshot,
};

const buildLimitMs = 300_000;

/** Measures a doctor part by part. */
export async function benchDoctor({ words, signal, print }: BenchDoctorOptions): Promise<void> {
  const wanted = parseDoctorArguments(words);
  const build = join(checkout, 'scripts/build.ts');
  await run(process.execPath, [build], { cwd: checkout, signal, timeoutMs: buildLimitMs });
  const { bin } = await toolPaths();
  print(table(await machineFacts(bin)));
  for (const part of wanted.parts) {
    print(`\n${part}: load average ${loadText()} at the start`);
    await measures[part]({ wanted, signal, print });
    print(`${part}: load average ${loadText()} at the end`);
  }
}
