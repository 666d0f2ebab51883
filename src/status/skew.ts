import { istiodSkew, kubernetesSkew, proxySkew } from '../istio/skew.ts';
import type { ConnectedProxy } from '../istio/syncz.ts';
import type { ClusterStatus } from './cluster-status.ts';

/** What of a cluster's versions does not go together; docs/upgrades.md has the rules. */
export function skewProblems(
  istiod: string | undefined,
  { kubernetes, proxies }: { readonly kubernetes: string; readonly proxies: readonly ConnectedProxy[] },
): readonly string[] {
  return [
    kubernetesSkew(istiod, kubernetes),
    ...['TooOld', 'TooNew'].map((how) => proxyProblem(istiod, proxies, how)),
  ].filter((problem) => problem !== undefined);
}

function proxyProblem(istiod: string | undefined, proxies: readonly ConnectedProxy[], how: string): string | undefined {
  const found = proxies.filter(({ version }) => proxySkew(istiod, version) === how);
  const [first] = found;
  if (first === undefined) return undefined;
  const more = found.length > 1 ? ` and ${found.length - 1} more` : '';
  const name = `${first.namespace}/${first.name}`;
  return how === 'TooOld'
    ? `proxies are too old for istiod ${istiod}: ${name} (${first.version})${more}; restart their pods`
    : `proxies are newer than istiod ${istiod}: ${name} (${first.version})${more}; upgrade istiod, or restart their pods`;
}

/** The statuses with what the versions of the clusters' istiods have against each other. */
export function withMeshSkew(statuses: readonly ClusterStatus[]): readonly ClusterStatus[] {
  const present = statuses.flatMap((status) =>
    status.reachable ? [{ cluster: status.cluster, revision: 'default', version: status.istiod.version }] : [],
  );
  return statuses.map((status) => {
    if (!status.reachable || status.istiod.version === undefined) return status;
    const found = istiodSkew(status.istiod.version, present);
    return found.length === 0 ? status : { ...status, problems: [...status.problems, ...found] };
  });
}
