import { join } from 'node:path';
import { inject } from 'vitest';
import { inNamespace } from '../../lab/src/network/namespaces.ts';
import { parseJson } from '../../src/base/parse-json.ts';
import { verifyReport } from '../../src/report/verify.ts';
import { type ProgramOptions, type ProgramResult, type RunningProgram, startProgram } from './program.ts';
import { timed } from './steps.ts';

export interface CliOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface CallOptions extends Partial<Pick<ProgramOptions, 'env' | 'input' | 'timeoutMs'>> {
  /** The network namespace that it runs in; left out, the machine's. */
  readonly namespace?: string;
}

/** The built command line, run as a user runs it. */
export interface Cli {
  /** Runs `isthmus ARGS` to its end. */
  run(args: readonly string[], options?: CallOptions): Promise<ProgramResult>;
  start(args: readonly string[], options?: CallOptions): RunningProgram;
  /** All that every command has written so far. */
  transcript(): string;
}

const defaultTimeoutMs = 300_000;

export function createCli({ cwd, env }: CliOptions): Cli {
  const program = join(inject('packageFolder'), 'dist/isthmus.js');
  const written: string[] = [];
  const start: Cli['start'] = (args, { env: more, namespace, ...options } = {}) => {
    const settings = { timeoutMs: defaultTimeoutMs, ...options, cwd, env: { ...env, ...more } };
    const command = [process.execPath, program, ...args] as const;
    const [file, ...words] = namespace === undefined ? command : inNamespace(namespace, command);
    const running = startProgram(file, words, settings);
    void timed(`isthmus ${args[0] ?? ''}`, () => running.result).then(
      ({ stdout, stderr }) => written.push(stdout, stderr),
      () => undefined,
    );
    return running;
  };
  return { start, run: (args, options) => start(args, options).result, transcript: () => written.join('\n') };
}

/** The standard output of a command as JSON; an error with all it said where it is none. */
export function jsonOf<T>({ stdout, stderr }: ProgramResult): T {
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`no JSON on standard output:\n${stdout}\n${stderr}`);
  }
}

/** The result, or an error with all that the command said where it ended with another code. */
export function endedWith(code: number, result: ProgramResult): ProgramResult {
  if (result.code === code) return result;
  const how = result.signal ?? `code ${result.code}`;
  const said = [...failedChecks(result.stdout), result.stdout, result.stderr].join('\n');
  throw new Error(`ended with ${how} instead of code ${code}:\n${said}`);
}

/** A line for each failed check of a verification's JSON, since what follows it is long. */
function failedChecks(stdout: string): readonly string[] {
  const report = verifyReport.safeParse(parseJson(stdout));
  return [...(report.data?.pairs ?? []), ...(report.data?.shared ?? [])]
    .filter(({ ok }) => !ok)
    .map((check) => {
      const to = 'to' in check ? check.to : check.service;
      return `${check.from} -> ${to}: ${check.failures} of ${check.requests} failed, ${check.hop}: ${check.finding?.message}`;
    });
}
