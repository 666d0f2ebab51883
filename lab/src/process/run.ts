import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { IsthmusError } from '../../../src/base/error.ts';

export interface RunOptions {
  /** Milliseconds until the command is killed; 30 s by default. */
  readonly timeoutMs?: number;
  /** Text for its standard input, which is empty otherwise. */
  readonly input?: string;
  readonly cwd?: string;
  /** Laid over this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Both output streams are appended to this file instead of being collected. */
  readonly logFile?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and gives what it printed; an exit code other than 0 is a result, not an error. */
export async function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
  const output = log ?? 'pipe';
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    return await new Promise<RunResult>((resolve, reject) => {
      const child = spawn(command, [...args], {
        stdio: ['pipe', output, output],
        signal,
        killSignal: 'SIGKILL',
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        env: { ...process.env, ...options.env },
      });
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(options.input ?? '');
      child.on('error', (error) => reject(startFailure({ command, args, timeoutMs }, error, timeout.aborted)));
      child.on('close', (code) =>
        resolve({
          code: code ?? 1,
          stdout: Buffer.concat(stdout).toString('utf8'),
          stderr: Buffer.concat(stderr).toString('utf8'),
        }),
      );
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** Runs a command that must succeed and gives its standard output. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code === 0) return result.stdout;
  const said = result.stderr.trim().split('\n').slice(-3).join('; ');
  const where = options.logFile === undefined ? said : `see ${options.logFile}`;
  throw new IsthmusError('internal', `${commandText(command, args)} ended with exit code ${result.code}: ${where}`);
}

function startFailure(
  call: { readonly command: string; readonly args: readonly string[]; readonly timeoutMs: number },
  error: Error,
  timedOut: boolean,
): IsthmusError {
  const text = commandText(call.command, call.args);
  if (timedOut) {
    return new IsthmusError('timeout', `${text} did not end within ${call.timeoutMs / 1000} s`, { cause: error });
  }
  if (error.name === 'AbortError') return new IsthmusError('cancelled', `${text} was interrupted`, { cause: error });
  if ('code' in error && error.code === 'ENOENT') {
    return new IsthmusError('not-found', `the program ${call.command} was not found`, {
      remedy:
        'install what the lab needs: npx --no lab tools (with --tests what tests and benchmarks call, such as helm)',
      cause: error,
    });
  }
  return new IsthmusError('internal', `${text} could not be started: ${error.message}`, { cause: error });
}

function commandText(command: string, args: readonly string[]): string {
  const text = [command, ...args].join(' ');
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
