/** The cluster and the network that an injector's webhook gives to the pods of its cluster. */
export interface InjectedNames {
  readonly cluster: string;
  readonly network: string | undefined;
}

/** The path that a primary's istiod reads the cluster and the network of a remote's pods from (pkg/kube/inject/webhook.go). */
export function injectionPath({ cluster, network }: Required<InjectedNames>): string {
  return `/inject/cluster/${cluster}/net/${network}`;
}

/** Longer than any path of names that Istio accepts. */
const mostCharacters = 1024;

/**
 * What a webhook's path or URL says of the cluster and the network, in both forms that istiod reads:
 * `/inject/cluster/east/net/eu` and `/inject/:ENV:cluster=east:ENV:net=eu`. Undefined where it names no cluster, as that of a
 * cluster with an istiod of its own.
 */
export function injectedNames(text: string): InjectedNames | undefined {
  if (text.length > mostCharacters) return undefined;
  const path = text.includes('/inject/') ? text.slice(text.indexOf('/inject/') + '/inject/'.length) : '';
  const named = path.startsWith(':ENV:') ? marked(path) : inTurn(path.split('/'));
  const cluster = named.get('cluster');
  return cluster === undefined || cluster === '' ? undefined : { cluster, network: named.get('net') || undefined };
}

function marked(path: string): ReadonlyMap<string, string> {
  return new Map(
    path.split(':ENV:').flatMap((pair) => {
      const [key = '', ...value] = pair.split('=');
      return key === '' ? [] : [[key, value.join('=')] as const];
    }),
  );
}

function inTurn(parts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(parts.flatMap((part, at) => (at % 2 === 0 ? [[part, parts[at + 1] ?? ''] as const] : [])));
}
