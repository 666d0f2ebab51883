import type { JsonObject } from '../../base/json.ts';
import { oncePer } from '../../base/memo.ts';
import { compareTexts, fieldsOf, objectsOf, textOf } from '../../discovery/values/fields.ts';
import { type ProxyVariable, proxyTypeOf } from '../../discovery/values/proxy.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';

/** A pod that a connection may end at. */
export interface ServingPod {
  readonly pod: KubeObject;
  readonly hasProxy: boolean;
}

/** The pods of one cluster that run or are about to. */
export const podsOf = oncePer((snapshot: Snapshot): ReadonlyMap<string, readonly KubeObject[]> => {
  return new Map(
    snapshot.clusters.map(({ cluster, objects }) => [
      cluster,
      objects.filter((object) => object.kind === 'Pod' && isAlive(object)),
    ]),
  );
});

function isAlive(pod: KubeObject): boolean {
  const { phase } = fieldsOf(pod.status);
  return phase !== 'Failed' && phase !== 'Succeeded' && pod.metadata.deletionTimestamp === undefined;
}

/** The pod of an endpoint `ip:port`, where the snapshot has it. Pods on the host's network share its address. */
export function podAt(snapshot: Snapshot, cluster: string, address: string): ServingPod | undefined {
  return podsByAddress(snapshot).get(cluster)?.get(ipOf(address));
}

const podsByAddress = oncePer((snapshot: Snapshot): ReadonlyMap<string, ReadonlyMap<string, ServingPod>> => {
  return new Map([...podsOf(snapshot)].map(([cluster, pods]) => [cluster, byAddress(pods)]));
});

function byAddress(pods: readonly KubeObject[]): ReadonlyMap<string, ServingPod> {
  const found = new Map<string, ServingPod>();
  for (const pod of pods) {
    const serving = { pod, hasProxy: proxyTypeOf(pod) !== undefined };
    for (const ip of addressesOf(pod)) found.set(ip, serving);
  }
  return found;
}

export function addressesOf(pod: KubeObject): readonly string[] {
  const status = fieldsOf(pod.status);
  const ips = [textOf(status.podIP), ...objectsOf(status.podIPs).map(({ ip }) => textOf(ip))];
  return [...new Set(ips)].filter((ip) => ip !== '');
}

/** The address of `ip:port`, IPv6 without its brackets. */
export function ipOf(address: string): string {
  const ip = address.slice(0, address.lastIndexOf(':'));
  return ip.startsWith('[') ? ip.slice(1, -1) : ip;
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** The name of what made the pod: the Deployment for one of a ReplicaSet. '' for a pod without an owner. */
export function workloadOf(pod: KubeObject): string {
  const owner = objectsOf(pod.metadata.ownerReferences)[0];
  if (owner === undefined) return '';
  const hash = pod.metadata.labels?.['pod-template-hash'];
  const name = textOf(owner.name);
  const ending = `-${hash}`;
  return owner.kind === 'ReplicaSet' && hash !== undefined && name.endsWith(ending)
    ? name.slice(0, -ending.length)
    : name;
}

/** A variable of the pod's proxy. */
export function proxyVariable(pod: KubeObject, name: ProxyVariable): string | undefined {
  const spec = fieldsOf(pod.spec);
  const containers: readonly JsonObject[] = [...objectsOf(spec.containers), ...objectsOf(spec.initContainers)];
  const proxy = containers.find((container) => container.name === 'istio-proxy');
  const found = objectsOf(proxy?.env).findLast((variable) => variable.name === name);
  return typeof found?.value === 'string' ? found.value : undefined;
}

/** The pods of a cluster that have a sidecar, by namespace and name. */
export const sidecarPodsOf = oncePer((snapshot: Snapshot): ReadonlyMap<string, readonly KubeObject[]> => {
  return new Map(
    [...podsOf(snapshot)].map(([cluster, pods]) => [
      cluster,
      pods
        .filter((pod) => proxyTypeOf(pod) === 'sidecar')
        .sort(
          ({ metadata: a }, { metadata: b }) =>
            compareTexts(a.namespace ?? '', b.namespace ?? '') || compareTexts(a.name, b.name),
        ),
    ]),
  );
});
