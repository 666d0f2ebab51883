import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { hierarchies } from '../lab/src/process/control-group.ts';
import { controlGroup } from '../lab/src/state/paths.ts';

/** What the kernel counts in: 100 a second on every machine that Node runs on (USER_HZ). */
const ticksPerSecond = 100;

/** CPU time since the machine started, in seconds, and the time of the reading on the monotonic clock. */
export interface CpuReading {
  readonly busy: number;
  /** Of the lab's clusters, of this process and of all that it started and saw end. */
  readonly own: number;
  readonly at: number;
}

/** Reads the CPU time used so far while a lab of that name is up. */
export function readCpu(lab: string): CpuReading {
  const own = ticksOfFamily(readFileSync('/proc/self/stat', 'utf8')) / ticksPerSecond + groupSeconds(lab);
  return { busy: busyTicks(readFileSync('/proc/stat', 'utf8')) / ticksPerSecond, own, at: performance.now() / 1000 };
}

/** The share of the machine, 0 to 1, that was used between two readings by what has nothing to do with the run. */
export function shareOfOthers(before: CpuReading, after: CpuReading, cores: number = availableParallelism()): number {
  const others = after.busy - before.busy - (after.own - before.own);
  return Math.max(0, others / ((after.at - before.at) * cores));
}

/** User, nice, system, interrupts and stolen time of the first line of /proc/stat: all but idle and waiting for disks. */
export function busyTicks(text: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '')
    .split(' ')
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

/** The fields utime, stime, cutime and cstime of /proc/PID/stat (proc(5)); the name before them may hold blanks. */
export function ticksOfFamily(text: string): number {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

function groupSeconds(lab: string): number {
  const { all } = hierarchies();
  for (const mount of all) {
    const folder = join(mount, controlGroup(lab));
    const first = join(folder, 'cpuacct.usage');
    if (existsSync(first)) return Number(readFileSync(first, 'utf8')) / 1e9;
    const second = join(folder, 'cpu.stat');
    const usage = existsSync(second) ? /^usage_usec (\d+)$/m.exec(readFileSync(second, 'utf8'))?.[1] : undefined;
    if (usage !== undefined) return Number(usage) / 1e6;
  }
  return 0;
}
