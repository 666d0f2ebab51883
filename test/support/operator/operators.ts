import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { inNamespace } from '../../../lab/src/network/namespaces.ts';
import { namespaceName } from '../../../lab/src/state/paths.ts';
import type { TestLab } from '../lab.ts';
import { type RunningProgram, startProgram } from '../program.ts';

/** Longer than a family of long tests lasts. */
const timeoutMs = 3_600_000;
/** Before one that ended is started again, as a kubelet does. */
const restartMs = 3_000;

export interface OperatorStart {
  /** The folder of a package; left out, the one under test. */
  readonly package?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `Home`: in the network of the home cluster, as a pod; `Machine`: in this machine's. */
  readonly network?: 'Home' | 'Machine';
  readonly logLevel?: 'debug' | 'info';
  /** A program that starts the rest of its words. */
  readonly through?: readonly string[];
}

/** Operators as processes of their own. Disposing kills all of them. */
export interface Operators extends AsyncDisposable {
  start(how?: OperatorStart): RunningProgram;
  /** Starts one again whenever it ends, until the function is called that this gives. */
  keepUp(first: RunningProgram): () => Promise<RunningProgram>;
}

export function operatorsOf({ lab, env, folder }: TestLab, home: string): Operators {
  const all: RunningProgram[] = [];
  const operators: Operators = {
    start(how = {}) {
      const { package: from = inject('packageFolder'), env: more = {}, network = 'Home', through = [] } = how;
      const { logLevel = 'info' } = how;
      const program = [process.execPath, join(from, 'dist/isthmus.js')];
      const words = ['operator', 'run', '--home', home, '--port', '0', '--log-level', logLevel];
      const command = [...through, ...program, ...words];
      const [file = '', ...rest] = network === 'Home' ? inNamespace(namespaceName(lab.name, home), command) : command;
      const one = startProgram(file, rest, { cwd: folder, env: { ...env, ...more }, timeoutMs });
      one.result.catch(() => undefined);
      all.push(one);
      return one;
    },
    keepUp(first) {
      let current = first;
      let isKept = true;
      const kept = (async () => {
        while (isKept) {
          await current.result;
          if (!isKept) return;
          await delay(restartMs);
          current = operators.start();
        }
      })();
      kept.catch(() => undefined);
      return async () => {
        for (;;) {
          const candidate = current;
          const hasLed = await candidate.said(leads).then(
            () => true,
            () => false,
          );
          if (hasLed && candidate === current) {
            isKept = false;
            return candidate;
          }
          await delay(restartMs);
        }
      };
    },
    async [Symbol.asyncDispose]() {
      for (const one of all) {
        one.kill('SIGCONT');
        one.kill('SIGKILL');
      }
      await Promise.allSettled(all.map(({ result }) => result));
    },
  };
  return operators;
}

/** What one says that leads, and one that has to wait. */
export const leads = /"msg":"leads"/;
export const waits = /waiting to lead/;

/** Ends one as a kubelet does: it gives its Lease up. */
export async function stopped(operator: RunningProgram): Promise<void> {
  operator.kill('SIGTERM');
  const { code, stdout } = await operator.result;
  if (code !== 0) throw new Error(`the operator ended with ${code}:\n${stdout.slice(-2_000)}`);
}

/** Does some work beside one; where it fails, the operator is ended and the error has the end of its log. */
export async function withLogOf(operator: RunningProgram, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    operator.kill('SIGTERM');
    const { stdout, stderr } = await operator.result;
    throw new Error(`${String(error)}\n${(stdout + stderr).slice(-4_000)}`, { cause: error });
  }
}
