import { cutLink, delayLink, healLinks } from '../links.ts';
import type { Invocation } from './arguments.ts';
import type { CommandContext } from './context.ts';

/** `lab cut`: drops all traffic between two clusters. */
export async function runCut(
  { clusters }: Extract<Invocation, { command: 'cut' }>,
  context: CommandContext,
): Promise<number> {
  await cutLink(context.lab, clusters);
  context.print(`${clusters[0]} and ${clusters[1]} are cut off from each other; npx --no lab heal joins them again`);
  return 0;
}

/** `lab heal`: undoes cuts and delays. */
export async function runHeal(
  { clusters }: Extract<Invocation, { command: 'heal' }>,
  context: CommandContext,
): Promise<number> {
  await healLinks(context.lab, clusters);
  context.print(clusters === undefined ? 'every link is whole' : `${clusters[0]} and ${clusters[1]} are joined`);
  return 0;
}

/** `lab delay`: slows the packets between two clusters. */
export async function runDelay(
  { clusters, ms }: Extract<Invocation, { command: 'delay' }>,
  context: CommandContext,
): Promise<number> {
  await delayLink(context.lab, clusters, ms);
  context.print(`packets between ${clusters[0]} and ${clusters[1]} take ${ms} ms longer each way`);
  return 0;
}
