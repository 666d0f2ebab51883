import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { IsthmusError } from '../../../src/base/error.ts';
import { hierarchies, makeGroup } from './control-group.ts';
import { isAlive, type ProcessId, procReader } from './proc.ts';

export interface BackgroundProgram {
  readonly command: readonly [string, ...string[]];
  /** Both output streams are appended here. */
  readonly logFile: string;
  /** The control group it belongs to from its first instruction on, so that it is found even if nobody recorded it. */
  readonly group: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program that outlives this process and gives what identifies it. */
export function startBackground(program: BackgroundProgram): ProcessId {
  const log = openSync(program.logFile, 'a');
  try {
    const procs = join(hierarchies().tracking, program.group, 'cgroup.procs');
    makeGroup(program.group);
    // The shell enters the group, then becomes the program: the pid stays, and there is no moment outside the group.
    const child = spawn('sh', ['-c', 'echo $$ > "$0" && exec "$@"', procs, ...program.command], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...program.env },
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    });
    child.on('error', () => undefined);
    child.unref();
    const startTime = child.pid === undefined ? undefined : procReader.startTime(child.pid);
    if (child.pid === undefined || startTime === undefined) {
      throw new IsthmusError('internal', `${program.command.join(' ')} did not start: see ${program.logFile}`);
    }
    return { pid: child.pid, startTime };
  } finally {
    closeSync(log);
  }
}

/** Ends a recorded process: SIGTERM, and SIGKILL where it still runs after `graceMs`. A reused pid is never touched. */
export async function endProcess(id: ProcessId, graceMs: number): Promise<void> {
  for (const [signal, patience] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', 10_000],
  ] as const) {
    if (!isAlive(id, procReader)) return;
    signalProcess(id.pid, signal);
    const deadline = performance.now() + patience;
    while (isAlive(id, procReader) && performance.now() < deadline) await delay(20);
  }
  if (isAlive(id, procReader)) throw new IsthmusError('timeout', `process ${id.pid} does not end`);
}

/** Sends a signal; a process that is gone meanwhile is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
