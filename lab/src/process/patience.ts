import { statSync } from 'node:fs';
import { readCpuMs } from './proc.ts';

/** A program that is waited for. */
export interface WatchedProgram {
  readonly pid: number;
  readonly logFile: string;
}

/** How much programs have done since their start, as far as it shows from outside. */
export interface Work {
  readonly logBytes: number;
  readonly cpuMs: number;
}

/** Says whether a wait has lasted too long. */
export interface Patience {
  isOver(): boolean;
  /** For the message: `60 s without a sign of work`. */
  readonly text: string;
}

interface PatienceOptions {
  readonly work: () => Work;
  /** Milliseconds of any clock that only goes forward. */
  readonly now?: () => number;
  /** How long the programs may show no progress. */
  readonly quietMs?: number;
  /** How long they may take in all, however busy they are. */
  readonly atMostMs?: number;
}

/** A program that only waits for another one uses less than this within `quietMs`; one that starts uses more. */
const workingCpuMs = 5_000;

/**
 * Waits for progress instead of a clock: on a busy machine a program starts late, but its log grows and it uses what
 * processor time it gets. The limit begins again with each such sign.
 */
export function createPatience(options: PatienceOptions): Patience {
  const { work, now = () => performance.now(), quietMs = 60_000, atMostMs = 600_000 } = options;
  const begun = now();
  let seen = { at: begun, ...work() };
  return {
    text: `${quietMs / 1000} s without a sign of work, or ${atMostMs / 1000} s in all`,
    isOver: () => {
      const at = now();
      const done = work();
      if (done.logBytes > seen.logBytes || done.cpuMs >= seen.cpuMs + workingCpuMs) seen = { at, ...done };
      return at - seen.at > quietMs || at - begun > atMostMs;
    },
  };
}

export function workOf(programs: readonly WatchedProgram[]): Work {
  return {
    logBytes: programs.reduce((sum, { logFile }) => sum + sizeOf(logFile), 0),
    cpuMs: programs.reduce((sum, { pid }) => sum + readCpuMs(pid), 0),
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
