import { IsthmusError } from '../../base/error.ts';
import { knownNames } from '../../engine/known-names.ts';
import type { DraftOptions } from '../../engine/options.ts';
import type { EnginePorts } from '../../engine/ports.ts';
import type { MeshDraft } from '../../report/draft.ts';
import type { InitFlags } from '../shell/flags.ts';
import { visible } from '../shell/foreign-text.ts';
import { parseContextOf } from './given.ts';

export type AskLine = (question: string) => Promise<string>;

interface Asking {
  readonly ask: AskLine;
  readonly ports: Pick<EnginePorts, 'environment' | 'homeFolder'>;
}

/** Asks for the contexts and the mesh's name where no flag gives them. */
export async function askForClusters(options: DraftOptions, { ask, ports }: Asking): Promise<DraftOptions> {
  const given = options.contexts ?? [];
  const contexts = given.length > 0 ? given : await askForContexts({ ask, ports });
  const name = options.name ?? answer(await ask('Name of the mesh [mesh]: '));
  return { ...options, contexts, name };
}

async function askForContexts({ ask, ports }: Asking): Promise<NonNullable<DraftOptions['contexts']>> {
  const { contexts } = await knownNames(undefined, ports);
  const known = contexts.length === 0 ? '' : ` (${contexts.map(visible).join(', ')})`;
  const line = await ask(`Contexts of the clusters, separated by commas${known}: `);
  const names = line.split(',').flatMap((word) => answer(word) ?? []);
  if (names.length > 0) return names.map(parseContextOf);
  throw new IsthmusError('usage', 'no context is named; nothing was written', {
    remedy: 'name the kubeconfig context of each cluster',
  });
}

/** Asks for the network of each cluster that has none by a flag; the options as they were where every answer is the proposal. */
export async function askForNetworks(
  options: DraftOptions,
  draft: MeshDraft,
  { ask, flags }: { readonly ask: AskLine; readonly flags: Pick<InitFlags, 'network'> },
): Promise<DraftOptions> {
  if (flags.network !== undefined || draft.clusters.length < 2) return options;
  const networks = new Map<string, string>();
  for (const { context, cluster, network, podRanges } of draft.clusters) {
    const ranges = podRanges === null || podRanges.length === 0 ? '' : `, pods in ${podRanges.join(', ')}`;
    const question = `Network of ${cluster}${ranges}; clusters whose pods reach each other directly share one [${network}]: `;
    const wanted = answer(await ask(visible(question)));
    if (wanted !== undefined && wanted !== network) networks.set(context, wanted);
  }
  if (networks.size === 0) return options;
  const contexts = (options.contexts ?? []).map((one) => ({
    ...one,
    network: networks.get(one.context) ?? one.network,
  }));
  return { ...options, contexts };
}

function answer(text: string): string | undefined {
  return text.trim() || undefined;
}
