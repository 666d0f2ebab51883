import { IsthmusError } from '../../base/error.ts';

/** A part of the mesh that is gone. */
export type Down =
  | { readonly kind: 'cluster' | 'gateway' | 'istiod' | 'ca'; readonly cluster: string }
  | { readonly kind: 'network-link'; readonly networks: readonly [string, string] }
  | {
      readonly kind: 'pod-selector';
      readonly cluster: string;
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string>>;
    };

const forms =
  'write cluster:NAME, gateway:CLUSTER, istiod:CLUSTER, ca:CLUSTER, network-link:NETWORK-NETWORK or pod-selector:CLUSTER/NAMESPACE:label=value[,label=value]';

export interface MeshNames {
  readonly clusters: readonly string[];
  readonly networks: readonly string[];
}

/** Reads `cluster:east` and the like. Throws `usage` for other forms and for names that the mesh does not have. */
export function parseDown(text: string, names: MeshNames): Down {
  const colon = text.indexOf(':');
  const [kind, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  switch (kind) {
    case 'cluster':
    case 'gateway':
    case 'istiod':
    case 'ca':
      return names.clusters.includes(rest) ? { kind, cluster: rest } : noCluster(text, rest, names);
    case 'network-link':
      return { kind, networks: parseNetworks(rest, names) };
    case 'pod-selector':
      return parsePods(text, rest, names);
    default:
      return wrong(`"${text}" is not a part of a mesh`, forms);
  }
}

function wrong(problem: string, remedy: string): never {
  throw new IsthmusError('usage', problem, { remedy });
}

function noCluster(text: string, cluster: string, { clusters }: MeshNames): never {
  return wrong(`${text}: there is no cluster "${cluster}"`, `name one of the clusters ${clusters.join(', ')}`);
}

/** Names of networks may hold hyphens: the split that gives two known ones is meant. */
/** Reads `eu-us` as two networks of the mesh. Throws `usage` where it names none. */
export function parseNetworks(text: string, { networks }: Pick<MeshNames, 'networks'>): readonly [string, string] {
  for (let at = text.indexOf('-'); at >= 0; at = text.indexOf('-', at + 1)) {
    const [one, other] = [text.slice(0, at), text.slice(at + 1)];
    if (one !== other && networks.includes(one) && networks.includes(other)) return [one, other];
  }
  return wrong(
    `"${text}" does not name two networks`,
    networks.length === 0 ? 'the mesh has no networks' : `name two of the networks ${networks.join(', ')}`,
  );
}

function parsePods(text: string, rest: string, names: MeshNames): Down {
  const match = /^([^/]+)\/([^:]+):(.+)$/.exec(rest);
  if (match === null) return wrong(`${text} selects no pods`, forms);
  const [, cluster = '', namespace = '', selector = ''] = match;
  if (!names.clusters.includes(cluster)) return noCluster(text, cluster, names);
  const pairs = selector.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair[0] === '')) return wrong(`${text} selects no pods`, forms);
  const labels = Object.fromEntries(pairs.map(([key = '', value = '']) => [key, value]));
  return { kind: 'pod-selector', cluster, namespace, labels };
}

/** As it is written on the command line. */
export function downText(down: Down): string {
  switch (down.kind) {
    case 'network-link':
      return `network-link:${down.networks.join('-')}`;
    case 'pod-selector': {
      const labels = Object.entries(down.labels).map(([key, value]) => `${key}=${value}`);
      return `pod-selector:${down.cluster}/${down.namespace}:${labels.join(',')}`;
    }
    default:
      return `${down.kind}:${down.cluster}`;
  }
}
