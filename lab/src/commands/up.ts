import { openLab, startLab, stopLab } from '../lab.ts';
import type { Invocation } from './arguments.ts';
import type { CommandContext } from './context.ts';

/** `lab up`: starts the clusters and says how to use them. */
export async function runUp(
  invocation: Extract<Invocation, { command: 'up' }>,
  context: CommandContext,
): Promise<number> {
  const { clusters, controlPlaneOnly, fsync, audit, istios } = invocation;
  const { print: report, signal } = context;
  const lab = await startLab({
    name: context.lab,
    clusters,
    controlPlaneOnly,
    fsync,
    audit,
    istios,
    signal,
    report,
  });
  for (const cluster of lab.clusters) report(`${cluster.name}: network ${cluster.network}, ${cluster.server}`);
  report(`eval "$(npx --no lab env${context.lab === 'lab' ? '' : ` --lab ${context.lab}`})" points kubectl at them`);
  return 0;
}

/** `lab down`: removes the lab in whatever state it is. */
export async function runDown(context: CommandContext): Promise<number> {
  await stopLab(context.lab);
  context.print(`the lab ${context.lab} is gone: no process, mount, control group, namespace, link or file is left`);
  return 0;
}

/** `lab env`: shell lines that point kubectl and istioctl at the lab. */
export function runEnv(context: CommandContext): number {
  const lab = openLab(context.lab);
  context.print(`export KUBECONFIG='${lab.kubeconfig}' KUBECACHEDIR='${lab.env.KUBECACHEDIR}'`);
  context.print(`export PATH='${lab.bin}':"$PATH"`);
  return 0;
}
