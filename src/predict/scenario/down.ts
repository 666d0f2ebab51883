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

export type DownParse =
  | { readonly down: Down }
  | { readonly down: undefined; readonly problem: string; readonly remedy: string };

const forms =
  'write cluster:NAME, gateway:CLUSTER, istiod:CLUSTER, ca:CLUSTER, network-link:NETWORK-NETWORK or pod-selector:CLUSTER/NAMESPACE:label=value[,label=value]';

export interface MeshNames {
  readonly clusters: readonly string[];
  readonly networks: readonly string[];
}

/** Understands `cluster:east` and the like. Names that the mesh does not have are problems. */
export function parseDown(text: string, names: MeshNames): DownParse {
  const colon = text.indexOf(':');
  const [kind, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  switch (kind) {
    case 'cluster':
    case 'gateway':
    case 'istiod':
    case 'ca':
      return names.clusters.includes(rest) ? { down: { kind, cluster: rest } } : noCluster(text, rest, names);
    case 'network-link':
      return parseLink(text, rest, names);
    case 'pod-selector':
      return parsePods(text, rest, names);
    default:
      return wrong(`"${text}" is no part of a mesh`, forms);
  }
}

function wrong(problem: string, remedy: string): DownParse {
  return { down: undefined, problem, remedy };
}

function noCluster(text: string, cluster: string, { clusters }: MeshNames): DownParse {
  return wrong(`${text}: there is no cluster "${cluster}"`, `the clusters are ${clusters.join(', ')}`);
}

/** Names of networks may hold hyphens: the split that gives two known ones is meant. */
function parseLink(text: string, rest: string, { networks }: MeshNames): DownParse {
  for (let at = rest.indexOf('-'); at >= 0; at = rest.indexOf('-', at + 1)) {
    const [one, other] = [rest.slice(0, at), rest.slice(at + 1)];
    if (one !== other && networks.includes(one) && networks.includes(other)) {
      return { down: { kind: 'network-link', networks: [one, other] } };
    }
  }
  return wrong(`${text}: "${rest}" names no two networks`, `the networks are ${networks.join(', ') || '(none)'}`);
}

function parsePods(text: string, rest: string, names: MeshNames): DownParse {
  const match = /^([^/]+)\/([^:]+):(.+)$/.exec(rest);
  if (match === null) return wrong(`${text} selects no pods`, forms);
  const [, cluster = '', namespace = '', selector = ''] = match;
  if (!names.clusters.includes(cluster)) return noCluster(text, cluster, names);
  const pairs = selector.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair[0] === '')) return wrong(`${text} selects no pods`, forms);
  const labels = Object.fromEntries(pairs.map(([key = '', value = '']) => [key, value]));
  return { down: { kind: 'pod-selector', cluster, namespace, labels } };
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
