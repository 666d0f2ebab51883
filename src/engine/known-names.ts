import { readFile } from 'node:fs/promises';
import { loadKubeconfig } from '../kube/access/kubeconfig.ts';
import { readText } from '../mesh/text/read-text.ts';
import type { EnginePorts } from './ports.ts';

/** The names that a person may mean. */
export interface KnownNames {
  /** The clusters that a mesh file declares, in its order; none where it cannot be read. */
  readonly clusters: readonly string[];
  /** The namespaces that the file injects, by cluster. */
  readonly namespaces: ReadonlyMap<string, readonly string[]>;
  /** The hosts of one service each that its MeshServices name, such as `helloworld.sample`. */
  readonly services: readonly string[];
  /** The contexts of the user's kubeconfig; none where it cannot be read. */
  readonly contexts: readonly string[];
}

/** The names in a mesh file and of the contexts at hand, for proposals. No cluster is asked; it throws nothing. */
export async function knownNames(
  file: string | undefined,
  { environment, homeFolder }: Pick<EnginePorts, 'environment' | 'homeFolder'>,
): Promise<KnownNames> {
  const [declared, contexts] = await Promise.allSettled([
    file === undefined ? nothing : namesIn(file),
    loadKubeconfig({ environment, homeFolder }).then((config) => [...config.contexts.keys()]),
  ]);
  return {
    ...(declared.status === 'fulfilled' ? declared.value : nothing),
    contexts: contexts.status === 'fulfilled' ? contexts.value : [],
  };
}

type DeclaredNames = Omit<KnownNames, 'contexts'>;

const nothing: DeclaredNames = { clusters: [], namespaces: new Map(), services: [] };

async function namesIn(file: string): Promise<DeclaredNames> {
  const { declared } = readText(await readFile(file, 'utf8'), file);
  if (declared === undefined) return nothing;
  const { clusters, services } = declared;
  return {
    clusters: clusters.map(({ metadata }) => metadata.name),
    namespaces: new Map(clusters.map(({ metadata, spec }) => [metadata.name, spec.injectNamespaces ?? []])),
    services: services
      .map(({ metadata, spec }) => spec.host ?? `${metadata.name}.${metadata.namespace}`)
      .filter((host) => !host.startsWith('*')),
  };
}
