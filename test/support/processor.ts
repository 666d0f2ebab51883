import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hierarchies } from '../../lab/src/process/control-group.ts';
import { parseCpuMs, parseWaitedCpuMs } from '../../lab/src/process/proc.ts';
import { controlGroup } from '../../lab/src/state/paths.ts';

let ofPodsMs = 0;

/** Keeps the processor time of a lab's pods, which are no children of this process; for a lab that is about to end. */
export function keepPodsOf(lab: string): void {
  const { all, version } = hierarchies();
  const mount = version === 2 ? all[0] : all.find((path) => /(^|[/,])cpuacct($|,)/.test(path));
  if (mount !== undefined) ofPodsMs += usedMs(join(mount, controlGroup(lab)));
}

/** The processor time of this process, of every child that has ended, and of the pods of the labs that have. */
export function processorMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return parseCpuMs(stat) + parseWaitedCpuMs(stat) + ofPodsMs;
}

/** Of a control group and all below it. */
function usedMs(folder: string): number {
  const [first, second] = [join(folder, 'cpuacct.usage'), join(folder, 'cpu.stat')];
  if (existsSync(first)) return Number(readFileSync(first, 'utf8')) / 1_000_000;
  if (!existsSync(second)) return 0;
  return Number(/^usage_usec (\d+)$/m.exec(readFileSync(second, 'utf8'))?.[1] ?? 0) / 1_000;
}
