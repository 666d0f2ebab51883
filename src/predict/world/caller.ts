import { IsthmusError } from '../../base/error.ts';
import { oncePer, remember } from '../../base/memo.ts';
import type { Remedy } from '../../base/remedy.ts';
import { fieldsOf, textOf } from '../../discovery/values/fields.ts';
import type { ProxyNode } from '../../discovery/values/model.ts';
import { proxyOf } from '../../discovery/values/proxy.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';
import { mayHoldEarlier } from './older-proxies.ts';
import { podsOf, proxyVariable, sidecarPodsOf, workloadOf } from './pods.ts';

/** `NAMESPACE/NAME` of the caller's pod. */
export function podOf({ namespace, pod }: Pick<Caller, 'namespace' | 'pod'>): string {
  return `${namespace}/${pod}`;
}

/** Who sends a request. */
export interface Caller {
  readonly cluster: string;
  readonly namespace: string;
  /** The pod's owner, or the pod itself where it has no owner. */
  readonly workload: string;
  readonly pod: string;
  readonly serviceAccount: string;
  readonly proxy: ProxyNode;
  /** The proxy answers the application's DNS questions (ISTIO_META_DNS_CAPTURE). */
  readonly capturesDns: boolean;
}

export function callerOf(cluster: string, pod: KubeObject): Caller | undefined {
  const proxy = proxyOf(cluster, pod);
  if (proxy === undefined) return undefined;
  const { name, namespace = '' } = pod.metadata;
  return {
    cluster,
    namespace,
    workload: workloadOf(pod) || name,
    pod: name,
    serviceAccount: textOf(fieldsOf(pod.spec).serviceAccountName) || 'default',
    proxy,
    capturesDns: proxyVariable(pod, 'ISTIO_META_DNS_CAPTURE') === 'true',
  };
}

/**
 * The caller that `CLUSTER/NAMESPACE/WORKLOAD-OR-POD` names; of a workload's pods the first by name. Throws `usage` for
 * another form, `not-found` where there is none.
 */
export function findCaller(snapshot: Snapshot, text: string): Caller {
  const [cluster = '', namespace = '', name = '', ...rest] = text.split('/');
  if (cluster === '' || namespace === '' || name === '' || rest.length > 0) {
    throw new IsthmusError('usage', `"${text}" does not name a caller`, {
      remedy: 'write CLUSTER/NAMESPACE/WORKLOAD-OR-POD, such as west/sample/client',
    });
  }
  const pods = podsOf(snapshot).get(cluster);
  if (pods === undefined) {
    const known = snapshot.clusters.map((one) => one.cluster).join(', ');
    const why = snapshot.unread?.[cluster];
    if (why !== undefined) {
      return absent(
        `cluster ${cluster} was not read: ${why}`,
        snapshot.hints?.[cluster] ?? 'ask again when it answers',
      );
    }
    return absent(`there is no cluster ${cluster}`, `name one of the clusters ${known}`);
  }
  const inNamespace = pods.filter(({ metadata }) => metadata.namespace === namespace);
  const named = inNamespace
    .filter((pod) => pod.metadata.name === name || workloadOf(pod) === name)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  if (named.length === 0) {
    const known = [...new Set(inNamespace.map((pod) => workloadOf(pod) || pod.metadata.name))].sort();
    const remedy =
      known.length === 0
        ? `name another namespace: ${namespace} of ${cluster} has no running pod`
        : `name one of ${known.join(', ')}`;
    return absent(`${cluster} has no workload or pod ${namespace}/${name}`, remedy);
  }
  const found = named.flatMap((pod) => callerOf(cluster, pod) ?? [])[0];
  if (found !== undefined) return found;
  return absent(
    `${namespace}/${name} of ${cluster} has no sidecar`,
    'only what passes a sidecar is decided by istiod: add the pod to the mesh, or name one that is in it',
  );
}

function absent(problem: string, remedy: Remedy): never {
  throw new IsthmusError('not-found', problem, { remedy });
}

/**
 * One caller for each namespace of each cluster and network, first by name, then all of a cluster and network: proxies
 * of the same namespace, network and place get the same. One that may hold a certificate of an earlier root goes first.
 */
export interface Representative {
  readonly cluster: string;
  readonly network: string;
  readonly byNamespace: ReadonlyMap<string, Caller>;
  /** For services whose namespace has no caller of its own here. */
  readonly any: Caller;
}

export const representatives = oncePer((snapshot: Snapshot): readonly Representative[] => {
  return [...sidecarPodsOf(snapshot)].flatMap(([cluster, pods]) => {
    const networks = new Map<string, Map<string, Caller>>();
    const isOlder = (pod: string): boolean => mayHoldEarlier(snapshot, cluster, pod);
    for (const pod of pods) {
      const network = proxyVariable(pod, 'ISTIO_META_NETWORK') ?? '';
      const byNamespace = remember(networks, network, () => new Map());
      const { namespace = '', name } = pod.metadata;
      const known = byNamespace.get(namespace);
      // Most pods are not the first of their namespace: for them no caller is made.
      const isFirst = known === undefined || (isOlder(`${namespace}/${name}`) && !isOlder(podOf(known)));
      const caller = isFirst ? callerOf(cluster, pod) : undefined;
      if (caller !== undefined) byNamespace.set(namespace, caller);
    }
    return [...networks].flatMap(([network, byNamespace]) => {
      const [any] = byNamespace.values();
      return any === undefined ? [] : [{ cluster, network, byNamespace, any }];
    });
  });
});
