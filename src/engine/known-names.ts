import { readFile } from 'node:fs/promises';
import { loadKubeconfig } from '../kube/access/kubeconfig.ts';
import { readText } from '../mesh/text/read-text.ts';
import type { EnginePorts } from './ports.ts';

/** The names that a person may mean. */
export interface KnownNames {
  /** The clusters that a mesh file declares, in its order; none where it cannot be read. */
  readonly clusters: readonly string[];
  /** The contexts of the user's kubeconfig; none where it cannot be read. */
  readonly contexts: readonly string[];
}

/** The names of a mesh file's clusters and of the contexts at hand, for proposals. No cluster is asked; it throws nothing. */
export async function knownNames(
  file: string | undefined,
  { environment, homeFolder }: Pick<EnginePorts, 'environment' | 'homeFolder'>,
): Promise<KnownNames> {
  const [clusters, contexts] = await Promise.allSettled([
    file === undefined ? [] : clustersOf(file),
    loadKubeconfig({ environment, homeFolder }).then((config) => [...config.contexts.keys()]),
  ]);
  return {
    clusters: clusters.status === 'fulfilled' ? clusters.value : [],
    contexts: contexts.status === 'fulfilled' ? contexts.value : [],
  };
}

async function clustersOf(file: string): Promise<readonly string[]> {
  const { declared } = readText(await readFile(file, 'utf8'), file);
  return (declared?.clusters ?? []).map(({ metadata }) => metadata.name);
}
