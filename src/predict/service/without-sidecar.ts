import type { EffectObstacle } from '../../base/service-effect.ts';
import { fieldsOf } from '../../discovery/values/fields.ts';
import { proxyTypeOf } from '../../discovery/values/proxy.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';
import { podsOf } from '../world/pods.ts';

/** The pods of namespaces with injection that have no sidecar and did not ask for none. */
export function withoutSidecar(snapshot: Snapshot, cluster: string): EffectObstacle | undefined {
  const objects = snapshot.clusters.find((one) => one.cluster === cluster)?.objects ?? [];
  const injected = new Set(objects.filter(isInjected).map(({ metadata }) => metadata.name));
  const names = (podsOf(snapshot).get(cluster) ?? [])
    .filter((pod) => injected.has(pod.metadata.namespace ?? '') && proxyTypeOf(pod) === undefined && !isLeftOut(pod))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .sort();
  const [first] = names;
  if (first === undefined) return undefined;
  const others = names.length === 1 ? '' : ` and ${names.length - 1} more`;
  return { code: 'no-sidecar', message: `${first}${others} without a sidecar: nothing steers what they send` };
}

function isInjected({ apiVersion, kind, metadata: { labels = {} } }: KubeObject): boolean {
  if (apiVersion !== 'v1' || kind !== 'Namespace') return false;
  const chosen = labels['istio-injection'];
  return chosen === 'enabled' || (chosen === undefined && labels['istio.io/rev'] !== undefined);
}

/** Pods may leave themselves out, and those on the host's network always are (pkg/kube/inject, injectRequired). */
function isLeftOut({ metadata, spec }: KubeObject): boolean {
  const said = metadata.labels?.['sidecar.istio.io/inject'] ?? metadata.annotations?.['sidecar.istio.io/inject'];
  return said === 'false' || fieldsOf(spec).hostNetwork === true;
}
