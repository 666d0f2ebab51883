import { readFileSync } from 'node:fs';

/** What the lab asks of /proc; injected where liveness is decided, so that tests need no processes. */
export interface ProcReader {
  /** The id of this boot of the machine. */
  readonly bootId: () => string;
  /** When a process started, in clock ticks since the boot; undefined where it is gone or a zombie. */
  readonly startTime: (pid: number) => number | undefined;
}

/** A process as it is recorded: the start time tells it from a later one that got the same pid. */
export interface ProcessId {
  readonly pid: number;
  readonly startTime: number;
}

/** The state letter and start time (fields 3 and 22, proc(5)) of the text of a /proc/PID/stat. */
export function parseStat(text: string): { readonly state: string; readonly startTime: number } | undefined {
  // The second field is the command in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = Number(fields[19]);
  const state = fields[0] ?? '';
  return state === '' || !Number.isInteger(startTime) ? undefined : { state, startTime };
}

/** `USER_HZ`, the same on all Linux machines of today. */
const ticksPerSecond = 100;

/** The processor time in milliseconds (fields 14 and 15) of the text of a /proc/PID/stat; 0 where there is none. */
export function parseCpuMs(text: string): number {
  return ticksMs(text, 11);
}

/** The processor time of the process's children that have ended, and of theirs (fields 16 and 17). */
export function parseWaitedCpuMs(text: string): number {
  return ticksMs(text, 13);
}

function ticksMs(text: string, first: number): number {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[first]) + Number(fields[first + 1]);
  return Number.isInteger(ticks) ? (ticks * 1000) / ticksPerSecond : 0;
}

/** The processor time in milliseconds that a process has used; 0 where it is gone. */
export function readCpuMs(pid: number): number {
  return parseCpuMs(read(`/proc/${pid}/stat`) ?? '');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The machine's own /proc. */
export const procReader: ProcReader = {
  bootId: () => (read('/proc/sys/kernel/random/boot_id') ?? '').trim(),
  startTime: (pid) => {
    const stat = parseStat(read(`/proc/${pid}/stat`) ?? '');
    return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : stat.startTime;
  },
};

/** True while the very process that was recorded runs. */
export function isAlive(id: ProcessId, proc: ProcReader): boolean {
  return proc.startTime(id.pid) === id.startTime;
}
