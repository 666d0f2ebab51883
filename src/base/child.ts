import { execFile } from 'node:child_process';

export interface ProgramRun {
  readonly file: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a program printed on standard output, and on standard error. */
export interface Printed {
  readonly output: string;
  readonly complaint: string;
}

/** What became of a program: `Failed` is a sentence about why, in the program's own words where it had any. */
export type ProgramResult =
  | ({ readonly outcome: 'Done' } & Printed)
  | { readonly outcome: 'Failed'; readonly reason: string };

/** Istio 1.31 prints 1.1 MB. */
const outputLimit = 32 * 1024 * 1024;
/** Of standard error, whose end says what went wrong. */
const reasonLimit = 2000;

/** Runs a program to its end, without a shell, and kills it at the time limit. Rejects only where the signal is aborted. */
export function runProgram({ file, args, input, timeoutMs, signal }: ProgramRun): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: timeoutMs, maxBuffer: outputLimit, killSignal: 'SIGKILL' as const };
    const options = { ...limits, encoding: 'utf8' as const, ...(signal === undefined ? {} : { signal }) };
    const child = execFile(file, args, options, (error, output, complaint) => {
      if (error === null) return resolve({ outcome: 'Done', output, complaint });
      if (error.name === 'AbortError') return reject(error);
      return resolve({ outcome: 'Failed', reason: reasonOf(error, complaint, timeoutMs) });
    });
    // A program that ends before it has read its input breaks the pipe; how it ended says more.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

interface Failure {
  readonly code?: number | string | null | undefined;
  readonly killed?: boolean | undefined;
  readonly signal?: string | null | undefined;
}

function reasonOf(error: Failure, complaint: string, timeoutMs: number): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it printed more than ${outputLimit} bytes`;
  if (error.killed === true) return `it did not end within ${timeoutMs} ms`;
  if (typeof error.code === 'string') return `it could not be started (${error.code})`;
  const words = complaint.trim().slice(-reasonLimit);
  if (words !== '') return words;
  return error.signal ? `it was ended by ${error.signal}` : `it ended with code ${error.code}`;
}
