import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TimedLine } from './milestones.ts';

export interface TimedCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Laid over this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborting it ends the command and all that it started. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Told of the process, which leads a process group of its own, as soon as it runs. */
  readonly onStart?: (pid: number) => void;
}

export interface TimedResult {
  readonly code: number | null;
  /** From the start of the process to its end. */
  readonly seconds: number;
  readonly stdout: string;
  /** What it wrote to stdout and stderr, line by line as the lines came. */
  readonly lines: readonly TimedLine[];
}

/** Runs a command to its end and times it, and each line it writes. An exit code other than 0 is a result. */
export async function timed({ program, args, env, onStart, ...limits }: TimedCommand): Promise<TimedResult> {
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(limits.timeoutMs)]);
  signal.throwIfAborted();
  const started = performance.now();
  const since = (): number => (performance.now() - started) / 1000;
  // A process group of its own, so that an end reaches what the command started.
  const child = spawn(program, [...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  const stop = (): void => endGroup(child.pid);
  signal.addEventListener('abort', stop, { once: true });
  const lines: TimedLine[] = [];
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (text) => lines.push({ text, seconds: since() }));
  }
  try {
    const { code, seconds } = await new Promise<Pick<TimedResult, 'code' | 'seconds'>>((resolve, reject) => {
      let ended = 0;
      child.on('error', reject);
      child.on('exit', () => {
        ended = since();
      });
      child.on('close', (exitCode) => resolve({ code: exitCode, seconds: ended }));
    });
    limits.signal.throwIfAborted();
    if (signal.aborted) throw new Error(`${program} ${args[0] ?? ''} took longer than ${limits.timeoutMs / 1000} s`);
    return { code, seconds, stdout, lines };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
