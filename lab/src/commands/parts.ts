import { startClusterPart, stopClusterPart } from '../parts.ts';
import type { Invocation } from './arguments.ts';
import type { CommandContext } from './context.ts';

type PartInvocation = Extract<Invocation, { command: 'stop' | 'start' }>;

/** `lab stop`: ends one part of a cluster. */
export async function runStop({ cluster, part }: PartInvocation, context: CommandContext): Promise<number> {
  const done = await stopClusterPart(context.lab, cluster, part);
  context.print(`${cluster}: ${part} ${done === 'stopped' ? 'is stopped' : 'was not running'}`);
  return 0;
}

/** `lab start`: starts one part of a cluster again. */
export async function runStart({ cluster, part }: PartInvocation, context: CommandContext): Promise<number> {
  const done = startClusterPart(context.lab, cluster, part);
  context.print(`${cluster}: ${part} ${done === 'started' ? 'is started' : 'was running already'}`);
  return 0;
}
