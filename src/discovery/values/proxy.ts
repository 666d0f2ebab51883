import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { fieldsOf, objectsOf, stringsOf, textOf, textsOf } from './fields.ts';
import type { ProxyNode } from './model.ts';

/** What the proxy of a pod is, or undefined where the pod has none. */
export function proxyTypeOf(pod: KubeObject): ProxyNode['type'] | undefined {
  const container = containerOf(pod);
  return container === undefined ? undefined : typeOf(container);
}

const containerName = 'istio-proxy';

/** Every variable of a proxy that the model reads. */
export const proxyVariables = [
  'ISTIO_META_CLUSTER_ID',
  'ISTIO_META_DNS_CAPTURE',
  'ISTIO_META_NETWORK',
  'ISTIO_META_REQUESTED_NETWORK_VIEW',
  'SECRET_GRACE_PERIOD_RATIO',
  'SECRET_TTL',
] as const;

export type ProxyVariable = (typeof proxyVariables)[number];

/** The arguments that say what a proxy is. */
export const proxyWords: readonly string[] = ['proxy', 'router', 'sidecar'];

/** The proxy's container: among the init containers where it is a native sidecar. */
function containerOf(pod: KubeObject): JsonObject | undefined {
  const spec = fieldsOf(pod.spec);
  const isProxy = ({ name }: JsonObject): boolean => name === containerName;
  return objectsOf(spec.containers).find(isProxy) ?? objectsOf(spec.initContainers).find(isProxy);
}

function typeOf(container: JsonObject): ProxyNode['type'] {
  return textsOf(container.args).includes('router') ? 'router' : 'sidecar';
}

/** The proxy of a pod with the metadata that it gives istiod, or undefined where the pod has none. */
export function proxyOf(cluster: string, pod: KubeObject): ProxyNode | undefined {
  const container = containerOf(pod);
  if (container === undefined) return undefined;
  const environment = environmentOf(container);
  const variable = (name: ProxyVariable): string => environment.get(name) ?? '';
  const view = variable('ISTIO_META_REQUESTED_NETWORK_VIEW');
  return {
    type: typeOf(container),
    cluster: variable('ISTIO_META_CLUSTER_ID') || cluster,
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    network: variable('ISTIO_META_NETWORK'),
    ips: ipsOf(pod),
    labels: stringsOf(pod.metadata.labels),
    view: view === '' ? [] : view.split(','),
    node: textOf(fieldsOf(pod.spec).nodeName),
    locality: '',
  };
}

/** Plain values by name; of a name that is there twice the later counts. */
function environmentOf(container: JsonObject): ReadonlyMap<string, string> {
  return new Map(objectsOf(container.env).map(({ name, value }) => [textOf(name), textOf(value)]));
}

function ipsOf(pod: KubeObject): readonly string[] {
  const status = fieldsOf(pod.status);
  const ips = objectsOf(status.podIPs).map(({ ip }) => textOf(ip));
  return (ips.length > 0 ? ips : [textOf(status.podIP)]).filter((ip) => ip !== '');
}
