import { join, resolve } from 'node:path';
import { run } from '../lab/src/process/run.ts';
import { toolPaths } from '../lab/src/tools/tool-paths.ts';
import { loadText, machineFacts } from './machine.ts';
import { table } from './table.ts';

/** What each part of a benchmark gets. */
export interface PartOptions<Wanted> {
  readonly wanted: Wanted;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const checkout = resolve(import.meta.dirname, '..');
const buildLimitMs = 300_000;

/** Builds the command line and measures it part by part, each with the machine's load before and after it. */
export async function measureParts<Part extends string, Wanted extends { readonly parts: readonly Part[] }>(
  measures: Readonly<Record<Part, (options: PartOptions<Wanted>) => Promise<void>>>,
  { wanted, signal, print }: PartOptions<Wanted>,
): Promise<void> {
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
