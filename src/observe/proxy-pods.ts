import { defaultRevision } from '../api/name.ts';
import { type JsonObject, objectsAt, textAt, valueAt } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';
import { networkLabel } from '../istio/names.ts';
import { revisionLabel } from '../istio/revision.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { containerStatuses } from '../objects/pod-problem.ts';
import { isReady } from './istiod.ts';

/** A pod with Istio's proxy in it, and what the proxy states of itself when it comes to an istiod. */
export interface ProxyPod {
  readonly namespace: string;
  readonly name: string;
  /** A gateway is nothing but a proxy; a sidecar is beside somebody's containers. */
  readonly type: 'Gateway' | 'Sidecar';
  /** The revision of the istiod that injected it. */
  readonly revision: string;
  readonly cluster: string;
  /** The networks that it states, in a variable (empty where there is none) and in a label of the pod. */
  readonly networks: readonly string[];
  /** Since when its container runs, RFC 3339; undefined where it does not run. */
  readonly runsSince: string | undefined;
  /** Its container is ready: it has its configuration and a certificate. */
  readonly proxyIsReady: boolean;
  readonly isReady: boolean;
}

/** Both kinds of pods get this label from the injection webhook (istio-discovery files/injection-template.yaml). */
const proxyLabel = 'service.istio.io/canonical-name';
const injectedAnnotation = 'sidecar.istio.io/status';
const containerName = 'istio-proxy';
/** The injection template's, where the mesh's values name no cluster. */
const defaultCluster = 'Kubernetes';

/** The pods of a cluster that have a proxy. */
export async function readProxyPods(client: KubeClient, signal: AbortSignal): Promise<readonly ProxyPod[]> {
  const pods = await client.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: proxyLabel, signal });
  return pods.flatMap((pod) => proxyPodOf(pod) ?? []);
}

/** Undefined where a pod has no proxy, or is on its way out. */
export function proxyPodOf(pod: KubeObject): ProxyPod | undefined {
  const { name, namespace = '', labels, annotations, deletionTimestamp } = pod.metadata;
  const container = proxyContainer(pod);
  if (container === undefined || deletionTimestamp !== undefined) return undefined;
  // istiod takes the label for the network of the pod as an endpoint, whatever the proxy says.
  const labelled = [labels?.[networkLabel] ?? ''].filter((network) => network !== '');
  const status = containerStatuses(pod).find((one) => one.name === containerName);
  const environment = new Map(objectsAt(container, ['env']).map((one) => [one.name, textAt(one, ['value']) ?? '']));
  return {
    namespace,
    name,
    // The arguments of pilot-agent say what it is: `proxy router`, or `proxy sidecar`.
    type: isRouter(container) ? 'Gateway' : 'Sidecar',
    revision:
      textAt(parseJson(annotations?.[injectedAnnotation] ?? ''), ['revision']) ||
      labels?.[revisionLabel] ||
      defaultRevision,
    cluster: environment.get('ISTIO_META_CLUSTER_ID') || defaultCluster,
    networks: [...new Set([environment.get('ISTIO_META_NETWORK') ?? '', ...labelled])],
    runsSince: textAt(status, ['state', 'running', 'startedAt']),
    proxyIsReady: status?.ready === true,
    isReady: isReady(pod),
  };
}

/** Among the init containers where it is a native sidecar. */
function proxyContainer(pod: KubeObject): JsonObject | undefined {
  const containers = ['containers', 'initContainers'].flatMap((key) => objectsAt(pod, ['spec', key]));
  return containers.find(({ name }) => name === containerName);
}

function isRouter(container: JsonObject): boolean {
  const args = valueAt(container, ['args']);
  return Array.isArray(args) && args.includes('router');
}
