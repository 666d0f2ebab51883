import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { groupProcesses, hierarchies } from '../lab/src/process/control-group.ts';
import { controlGroup } from '../lab/src/state/paths.ts';

/** What the kernel counts in: 100 a second on every machine that Node runs on (USER_HZ). */
const ticksPerSecond = 100;

/** How long to look whether the machine is quiet. */
const sampleMs = 5_000;

/** CPU time since the machine started, in seconds, and the time of the reading on the monotonic clock. */
export interface CpuReading {
  readonly busy: number;
  /** Of the lab's clusters, of this process and of all that it started and saw end. */
  readonly own: number;
  readonly at: number;
}

/** Reads the CPU time used so far while a lab of that name is up. */
export function readCpu(lab: string): CpuReading {
  const own = ticksOfFamily(readFileSync('/proc/self/stat', 'utf8')) / ticksPerSecond + labSeconds(lab);
  return { ...readBusy(), own };
}

/** The share of the machine, 0 to 1, that was used between two readings by what has nothing to do with the run. */
export function shareOfOthers(before: CpuReading, after: CpuReading, cores: number = availableParallelism()): number {
  const others = after.busy - before.busy - (after.own - before.own);
  return Math.max(0, others / ((after.at - before.at) * cores));
}

/** Waits until everything on this machine together, with no lab of ours up, uses less than that share of it. */
export async function untilQuiet(limit: number, signal: AbortSignal): Promise<void> {
  let share = 1;
  while (limit < 1 && share >= limit) {
    const before = readBusy();
    await pause(sampleMs, undefined, { signal });
    share = shareOfOthers(before, readBusy());
  }
}

function readBusy(): CpuReading {
  return { busy: busyTicks(readFileSync('/proc/stat', 'utf8')) / ticksPerSecond, own: 0, at: performance.now() / 1000 };
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
  return sumOf(text, 11);
}

function sumOf(stat: string, first: number): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(first, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** Seconds of CPU time of what this process started and saw end, with all that these saw end. */
export function endedChildrenSeconds(): number {
  return sumOf(readFileSync('/proc/self/stat', 'utf8'), 13) / ticksPerSecond;
}

/** With version 2 of control groups the lab's group counts all of it; with version 1 only the pods are in that hierarchy. */
function labSeconds(lab: string): number {
  const of = hierarchies();
  const group = controlGroup(lab);
  const pods = of.all
    .map((mount) => numberIn(join(mount, group, 'cpuacct.usage')))
    .find((usage) => usage !== undefined);
  if (pods === undefined) return (numberIn(join(of.tracking, group, 'cpu.stat')) ?? 0) / 1e6;
  const programs = groupProcesses(join(group, 'programs'), of).map((pid) =>
    ticksOfFamily(readOrNothing(`/proc/${pid}/stat`)),
  );
  return pods / 1e9 + programs.reduce((sum, ticks) => sum + ticks, 0) / ticksPerSecond;
}

/** The first number of a file: all there is in cpuacct.usage (ns), and usage_usec in cpu.stat. */
function numberIn(path: string): number | undefined {
  const digits = /\d+/.exec(readOrNothing(path))?.[0];
  return digits === undefined ? undefined : Number(digits);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
