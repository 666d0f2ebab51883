import { join, resolve } from 'node:path';
import { run } from '../../lab/src/process/run.ts';
import { foundBy } from '../../test/support/doctor/found.ts';
import { quietFaults } from '../../test/support/doctor/quiet-faults.ts';
import { readSeen, type Seen } from '../../test/support/doctor/seen.ts';
import { faults } from '../../test/support/truth/faults.ts';
import { table } from '../table.ts';
import type { PartOptions } from './bench.ts';

const checkout = resolve(import.meta.dirname, '../..');
const limitMs = 41 * 60_000;

/** Each fault of three soak families, with Istio's own tools in the same run. */
export async function measureFaults(options: PartOptions): Promise<void> {
  for (const family of ['doctor', 'doctor-inside', 'doctor-quiet']) await soak(family, options);
  const seen = readSeen();
  options.print(recallText([...faults, ...quietFaults].flatMap(({ name }) => seen[name] ?? [])));
}

/** Pairs of faults; each of the two families prints its sums. No table has pairs of another seed. */
export async function measurePairs(options: PartOptions): Promise<void> {
  const more = { ISTHMUS_SOAK_SEED: String(Math.floor(Math.random() * 1_000_000)), ISTHMUS_DOCTOR_TABLE: 'leave' };
  for (const family of ['doctor-drawn', 'doctor-drawn-more']) await soak(family, options, more);
}

/** A fault that is not found fails its test, and is among the figures all the same. */
async function soak(
  family: string,
  { signal, print }: PartOptions,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const words = [join(checkout, 'test/soak/main.ts'), family];
  const env = { ...process.env, ISTHMUS_DOCTOR_TABLE: 'write', ...more };
  const said = await run(process.execPath, words, { cwd: checkout, env, signal, timeoutMs: limitMs }).catch(String);
  const lines = said.split('\n').filter((line) => /^(seed|cause first:|\d+ passed)/.test(line));
  print([family, ...lines].join('\n  '));
}

/** How often the cause is named, and named first, and what else is; of the other tools, whether they say anything. */
export function recallText(all: readonly Seen[]): string {
  const of = (count: number): string => `${count} of ${all.length}`;
  const counted = (which: (seen: Seen) => boolean): string => of(all.filter(which).length);
  return table([
    ['what', 'faults'],
    ['isthmus doctor: the cause first', counted(({ named }) => named === 'First')],
    ['isthmus doctor: the cause, not first', counted(({ named }) => named === 'Later')],
    ['isthmus doctor: something else too', counted(({ others }) => others.length > 0)],
    ['isthmus doctor --fix: mended by it alone', counted(({ fix }) => fix === 'Mended')],
    ...foundBy(all).map(({ tool, found }) => [`istioctl ${tool}: says anything of it`, of(found)]),
  ]);
}
