import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { openLab } from '../lab.ts';
import type { Invocation } from './arguments.ts';
import type { CommandContext } from './context.ts';

/** `lab kubectl` and `lab istioctl`: the lab's program with the lab's kubeconfig, terminal and exit code its own. */
export async function runPassThrough(
  invocation: Extract<Invocation, { command: 'kubectl' | 'istioctl' }>,
  context: CommandContext,
): Promise<number> {
  const lab = openLab(context.lab);
  const child = spawn(join(lab.bin, invocation.command), [...invocation.args], {
    stdio: 'inherit',
    env: { ...process.env, ...lab.env },
  });
  // A terminal sends its signals to both; a signal to this process alone is handed on.
  context.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  return await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
