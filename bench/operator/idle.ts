import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from '../../lab/src/lab.ts';
import { table } from '../table.ts';
import { auditedIn } from './audit.ts';
import type { PartOptions } from './bench.ts';
import { onKeptMesh } from './kept-mesh.ts';
import type { Figures } from './process.ts';

/** From the last change to the count of idle requests. */
export const settlingMs = 150_000;

/** What an operator of two clusters asks for that has nothing to do, as it counts itself and as the API servers wrote it down. */
export async function measureIdle({ wanted, signal, print }: PartOptions): Promise<void> {
  const { idleSeconds } = wanted;
  await onKeptMesh({ signal, audit: true }, async ({ ground, operator }) => {
    await pause(settlingMs, undefined, { signal });
    const [before, from] = [await operator.figures(), Date.now()];
    await pause(idleSeconds * 1000, undefined, { signal });
    const [after, to] = [await operator.figures(), Date.now()];
    print(idleText('an operator of two clusters that has nothing to do', { before, after, seconds: idleSeconds }));
    print(await auditText(ground.lab, { from, to }));
  });
}

interface Idle {
  readonly before: Figures;
  readonly after: Figures;
  readonly seconds: number;
}

export function idleText(what: string, { before, after, seconds }: Idle): string {
  const names = [...new Set([...before.requests.keys(), ...after.requests.keys()])];
  const methods = Map.groupBy(names, (name) => name.split(', ')[1] ?? '');
  const perMinute = (of: readonly string[]): string => {
    const count = of.reduce((sum, one) => sum + (after.requests.get(one) ?? 0) - (before.requests.get(one) ?? 0), 0);
    return ((count * 60) / seconds).toFixed(1);
  };
  return `
${what}, over ${seconds} s
${table([
  ['what', 'measured'],
  ['requests a minute', perMinute(names)],
  ...[...methods].toSorted().map(([method, of]) => [`  of them ${method}`, perMinute(of)]),
  ['resident memory, MiB', mib(after.residentBytes)],
  ['  at its peak', mib(after.peakBytes)],
  ['processor, per cent of a core', ((100 * (after.cpuSeconds - before.cpuSeconds)) / seconds).toFixed(2)],
])}`;
}

export function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(0);
}

async function auditText({ clusters }: Lab, window: { readonly from: number; readonly to: number }): Promise<string> {
  const minutes = (window.to - window.from) / 60_000;
  const rows = await Promise.all(
    clusters.map(async ({ name, logs }) => {
      const counts = auditedIn(await readFile(join(logs, 'audit.log'), 'utf8'), window);
      return [...counts].toSorted().map(([what, count]) => [name, what, (count / minutes).toFixed(1)]);
    }),
  );
  return `\nas the API servers wrote it down; the watch of Services without a label is the lab's\n${table([
    ['cluster', 'request', 'a minute'],
    ...rows.flat(),
  ])}`;
}
