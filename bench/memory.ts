import { readdirSync, readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';

/** How often to look, in milliseconds. A peak between two looks is missed for the group, never for the first process. */
const sampleMs = 50;
const mib = 1024;

/** Peaks of resident memory, in MiB. */
export interface MemoryPeaks {
  /** Of the process that was started. */
  readonly process: number;
  /** Of it and everything that it started, together. */
  readonly group: number;
}

/** Watches a process that leads a process group, until it is disposed of. */
export function watchMemory(leader: number): Disposable & { readonly peaks: () => MemoryPeaks } {
  let peaks: MemoryPeaks = { process: 0, group: 0 };
  const look = (): void => {
    const resident = membersOf(leader).map((pid) => kibibytes(statusOf(pid), 'VmRSS'));
    peaks = {
      process: Math.max(peaks.process, kibibytes(statusOf(leader), 'VmHWM') / mib),
      group: Math.max(peaks.group, resident.reduce((sum, one) => sum + one, 0) / mib),
    };
  };
  const timer = setInterval(look, sampleMs);
  return { peaks: () => peaks, [Symbol.dispose]: () => clearInterval(timer) };
}

/** The field pgrp of /proc/PID/stat (proc(5)); the name before it may hold blanks. */
export function groupOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/** A field of /proc/PID/status (proc(5)), in KiB; 0 where there is none, as of a process that has ended. */
export function kibibytes(status: string, field: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}

function membersOf(leader: number): readonly number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => groupOf(textOf(`/proc/${pid}/stat`)) === leader);
}

function statusOf(pid: number): string {
  return textOf(`/proc/${pid}/status`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
