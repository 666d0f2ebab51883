import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { kibibytes } from '../memory.ts';

export interface StartOptions {
  readonly program: string;
  /** The context of the home cluster. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Each line of its log. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** The `cgroup.procs` of the control group that it runs in. */
  readonly group?: string | undefined;
}

/** An operator as a process of its own. Disposing it ends the process. */
export interface RunningOperator extends AsyncDisposable {
  figures(): Promise<Figures>;
}

/** What it says of itself, since it was started. */
export interface Figures {
  /** By cluster and method. */
  readonly requests: ReadonlyMap<string, number>;
  readonly residentBytes: number;
  /** The most that it ever had. */
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

const timeoutMs = 60_000;

export async function startOperator(options: StartOptions): Promise<RunningOperator> {
  const { program, home, env, signal, group, onLine } = options;
  const command = [process.execPath, program, 'operator', 'run', '--home', home, '--port', '0'];
  // The shell enters the group, then becomes the program.
  const entering = group === undefined ? ['exec "$@"', ''] : ['echo $$ > "$0" && exec "$@"', group];
  const child = spawn('sh', ['-c', ...entering, ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGTERM',
  });
  child.on('error', () => undefined);
  child.on('exit', (code, ended) => onLine?.(`the operator ended with ${code ?? ended}`));
  const address = await servedAt(child, onLine);
  return {
    async figures() {
      const answer = await fetch(`${address}/metrics`, { signal });
      if (!answer.ok) throw new Error(`the metrics answered ${answer.status}`);
      const peakBytes = kibibytes(readFileSync(`/proc/${child.pid}/status`, 'utf8'), 'VmHWM') * 1024;
      return { ...figuresOf(await answer.text()), peakBytes };
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Its log names the port; what it writes later is read, so that it never waits for us. */
async function servedAt(child: ChildProcess, onLine: StartOptions['onLine']): Promise<string> {
  const found = Promise.withResolvers<string>();
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    if (input === null) continue;
    createInterface({ input }).on('line', (line) => {
      onLine?.(line);
      const port = /"port":(\d+)/.exec(line)?.[1];
      if (port !== undefined) found.resolve(`http://127.0.0.1:${port}`);
      if (lines.length < 50) lines.push(line);
    });
  }
  const failed = (): void => found.reject(new Error(`the operator serves nothing:\n${lines.join('\n')}`));
  child.once('exit', failed);
  const timer = setTimeout(failed, timeoutMs);
  try {
    return await found.promise;
  } finally {
    clearTimeout(timer);
    child.off('exit', failed);
  }
}

function figuresOf(text: string): Omit<Figures, 'peakBytes'> {
  const requests = new Map<string, number>();
  const pattern = /^isthmus_requests_total\{cluster="([^"]*)",method="([^"]*)",outcome="[^"]*"\} (\S+)$/gm;
  for (const [, cluster, method, value] of text.matchAll(pattern)) {
    const name = `${cluster}, ${method}`;
    requests.set(name, (requests.get(name) ?? 0) + Number(value));
  }
  const single = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    requests,
    residentBytes: single('process_resident_memory_bytes'),
    cpuSeconds: single('process_cpu_seconds_total'),
  };
}
