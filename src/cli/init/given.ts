import { IsthmusError } from '../../base/error.ts';
import type { DraftContext } from '../../engine/options.ts';
import type { InitFlags } from '../shell/flags.ts';

/** The clusters as the flags name them. Throws `usage` where a network is given to none of them. */
export function givenContexts({ context = [], network = [], from }: InitFlags): readonly DraftContext[] {
  const networks = new Map(network.map(parseNetwork));
  const contexts = context.map(parseContextOf);
  const isNamed = (name: string): boolean =>
    contexts.some((one) => one.context === name || one.cluster === name) || from !== undefined;
  const stray = [...networks.keys()].find((name) => contexts.length > 0 && !isNamed(name));
  if (stray !== undefined) {
    throw new IsthmusError('usage', `--network names ${stray}, which is no context or cluster given`, {
      remedy: 'write `--network NAME=NETWORK` with the NAME or CONTEXT of a `--context`',
    });
  }
  return contexts.map((one) => ({ ...one, network: networks.get(one.cluster ?? '') ?? networks.get(one.context) }));
}

/** `west=prod-west`, or a context alone. What stands before `=` is a name only where a cluster may be called that. */
export function parseContextOf(text: string): DraftContext {
  const [, cluster, context] = /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)=(.+)$/.exec(text) ?? [];
  return cluster === undefined || context === undefined ? { context: text } : { context, cluster };
}

function parseNetwork(text: string): readonly [string, string] {
  const at = text.lastIndexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new IsthmusError('usage', `"${text}" names no network for a cluster`, {
    remedy: 'write NAME=NETWORK, such as west=us',
  });
}
