import { setTimeout as pause } from 'node:timers/promises';
import { table } from '../table.ts';
import type { PartOptions } from './bench.ts';
import { onKeptMesh } from './kept-mesh.ts';
import type { Figures } from './process.ts';

/** From the last change to the count of idle requests. */
const settlingMs = 150_000;

/** What an operator of two clusters asks for that has nothing to do, as it counts itself. */
export async function measureIdle({ wanted, signal, print }: PartOptions): Promise<void> {
  const { idleSeconds } = wanted;
  await onKeptMesh({ signal }, async ({ operator }) => {
    await pause(settlingMs, undefined, { signal });
    const before = await operator.figures();
    await pause(idleSeconds * 1000, undefined, { signal });
    const after = await operator.figures();
    print(idleText('an operator of two clusters that has nothing to do', { before, after, seconds: idleSeconds }));
  });
}

interface Idle {
  readonly before: Figures;
  readonly after: Figures;
  readonly seconds: number;
}

function idleText(what: string, { before, after, seconds }: Idle): string {
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

function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(0);
}
