import type { TestLab } from './lab.ts';

/** These come and go by themselves, whether anybody installs anything or not. */
const restless = new Set([
  'events',
  'events.events.k8s.io',
  'endpointslices.discovery.k8s.io',
  'leases.coordination.k8s.io',
]);

/**
 * Every object of a cluster as kubectl finds it, kind by kind: `ConfigMap sample/kube-root-ca.crt`. Leases are looked at
 * only where no node keeps them.
 */
export async function everything({ kubectl }: Pick<TestLab, 'kubectl'>, cluster: string): Promise<string[]> {
  const resources = await kubectl(cluster, 'api-resources', '--verbs=list,delete', '-o', 'name');
  const kinds = resources.split('\n').filter((name) => name !== '' && !restless.has(name));
  const columns = 'custom-columns=K:.kind,S:.metadata.namespace,N:.metadata.name';
  const [objects, leases] = await Promise.all([
    kubectl(cluster, 'get', kinds.join(','), '--all-namespaces', '--no-headers', '-o', columns),
    kubectl(cluster, 'get', 'leases', '--all-namespaces', '--no-headers', '-o', columns),
  ]);
  const named = `${objects}\n${leases}`
    .split('\n')
    .filter((line) => line !== '' && !/^Lease +kube-/.test(line))
    .map((line) => line.trim().split(/ +/))
    .map(([kind, namespace, name]) => `${kind} ${namespace === '<none>' ? '' : `${namespace}/`}${name}`);
  return [...new Set(named)].toSorted();
}
