import { oncePer } from '../../base/memo.ts';
import { fieldsOf, objectsOf, textOf } from '../../discovery/values/fields.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';
import { certificateLifetime } from './certificate-lifetime.ts';
import { sidecarPodsOf } from './pods.ts';
import { rootsByCluster, rootsKey } from './roots.ts';

/** Sidecars of a cluster that may still hold a certificate of a root before the present one. */
export interface OlderProxies {
  /** RFC 3339: since when istiod gives out the present root. */
  readonly since: string;
  /** `NAMESPACE/NAME` of their pods, sorted. */
  readonly pods: ReadonlySet<string>;
}

/** A sidecar asks for its certificate when it starts, and for the next one before that ends: a new root reaches it then. */
export function olderProxies(snapshot: Snapshot, cluster: string): OlderProxies | undefined {
  return olderByCluster(snapshot).get(cluster);
}

/** True where the certificate that a pod's sidecar holds may not be of its cluster's present root. */
export function mayHoldEarlier(snapshot: Snapshot, cluster: string, pod: string): boolean {
  return olderProxies(snapshot, cluster)?.pods.has(pod) === true;
}

/** Equal for callers whose certificates and roots are alike, as far as they are known. */
export function trustKey(
  snapshot: Snapshot,
  { cluster, pod }: { readonly cluster: string; readonly pod: string },
): string {
  return `${rootsKey(snapshot, cluster)}${mayHoldEarlier(snapshot, cluster, pod) ? '?' : ''}`;
}

const olderByCluster = oncePer((snapshot: Snapshot): ReadonlyMap<string, OlderProxies> => {
  const found = new Map<string, OlderProxies>();
  for (const [cluster, { since }] of rootsByCluster(snapshot)) {
    if (since === undefined) continue;
    const older = (sidecarPodsOf(snapshot).get(cluster) ?? []).filter((pod) => isOlder(pod, since, snapshot.readAt));
    const names = older.map(({ metadata: { namespace = '', name } }) => `${namespace}/${name}`);
    if (names.length > 0) found.set(cluster, { since, pods: new Set(names) });
  }
  return found;
});

function isOlder(pod: KubeObject, since: string, readAt: string | undefined): boolean {
  const change = Date.parse(since);
  // A start that nobody knows makes no comparison true.
  if (!(startOf(pod) < change)) return false;
  const age = readAt === undefined ? 0 : (Date.parse(readAt) - change) / 1000;
  return age <= certificateLifetime(pod);
}

/** When the proxy's container started, else when the pod was made, in milliseconds; NaN where neither is known. */
function startOf({ metadata, status }: KubeObject): number {
  const { containerStatuses, initContainerStatuses } = fieldsOf(status);
  const proxy = [...objectsOf(containerStatuses), ...objectsOf(initContainerStatuses)].find(
    ({ name }) => name === 'istio-proxy',
  );
  const started = textOf(fieldsOf(fieldsOf(proxy?.state).running).startedAt);
  return Date.parse(started || textOf(metadata.creationTimestamp));
}
