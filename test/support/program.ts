import { type ChildProcess, spawn } from 'node:child_process';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Then it is killed, and the result is an error that shows what it said. */
  readonly timeoutMs: number;
}

/** How a program ended and what it said. */
export interface ProgramResult {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface RunningProgram {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  readonly result: Promise<ProgramResult>;
  /** Resolves with the texts so far, of both streams, when they match; rejects when it ends without. */
  said(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs a program to its end. Its exit code is the caller's to judge. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  return await startProgram(file, args, options).result;
}

export function startProgram(file: string, args: readonly string[], options: ProgramOptions): RunningProgram {
  const { cwd, env = process.env, input, timeoutMs } = options;
  const child = spawn(file, [...args], { ...(cwd === undefined ? {} : { cwd }), env, stdio: 'pipe' });
  const texts = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      texts[stream] += chunk;
      for (const listener of listeners) listener();
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const said = (): string => `${texts.stdout}${texts.stderr}`;
  const ended = endOf(child, { command: [file, ...args].join(' '), timeoutMs, said });
  return {
    pid: child.pid,
    result: ended.then((end) => ({ ...end, ...texts })),
    kill: (signal) => child.kill(signal),
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(said())) return;
          listeners.delete(look);
          resolve(said());
        };
        listeners.add(look);
        look();
        ended.then(
          () => reject(new Error(`it ended without saying ${pattern}:\n${said()}`)),
          (error: unknown) => reject(error),
        );
      }),
  };
}

interface Limits {
  readonly command: string;
  readonly timeoutMs: number;
  readonly said: () => string;
}

function endOf(
  child: ChildProcess,
  { command, timeoutMs, said }: Limits,
): Promise<Pick<ProgramResult, 'code' | 'signal'>> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (late) reject(new Error(`${command} did not end within ${timeoutMs} ms:\n${said()}`));
      else resolve({ code, signal });
    });
  });
}
