import { spawn } from 'node:child_process';

/** What a person types once the terminal shows something. */
export interface Answer {
  readonly after: RegExp;
  readonly type: string;
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly answers: readonly Answer[];
  /** Then it is killed, and the result is an error that shows the screen. */
  readonly timeoutMs: number;
}

/** How a program in a terminal ended, and the text that the terminal was sent, without what moves its cursor. */
export interface TerminalResult {
  readonly code: number | null;
  readonly screen: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what steers the terminal is what is left out
const steering = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Runs a program in a pseudo terminal (util-linux's `script`) and gives each answer when its question is there. */
export async function runInTerminal(
  command: readonly string[],
  { cwd, env, answers, timeoutMs }: TerminalOptions,
): Promise<TerminalResult> {
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', words, '/dev/null'], { cwd, env });
  const left = [...answers];
  let screen = '';
  let read = 0;
  const look = (chunk: string): void => {
    screen += chunk.replace(steering, '');
    const [next] = left;
    if (next === undefined || !next.after.test(screen.slice(read))) return;
    left.shift();
    read = screen.length;
    child.stdin.write(`${next.type}\n`);
  };
  child.stdout.setEncoding('utf8').on('data', look);
  child.stderr.setEncoding('utf8').on('data', look);
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === null && left.length === 0) resolve({ code, screen });
      else reject(new Error(`ended with ${signal ?? code}, ${left.length} questions were not asked:\n${screen}`));
    });
  });
}
