import { isJsonObject, type JsonObject, objectsAt, textAt, valueAt } from '../base/json.ts';
import { networkLabel } from '../istio/names.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { asKubeObject, type KubeObject } from '../objects/object.ts';
import type { ReadCluster } from '../snapshot/read-cluster.ts';

type Edited = Pick<ReadCluster, 'cluster' | 'objects'>;

/** The networks of gateway Services that the plan makes: what an apply waits for is taken to come. */
export function awaitedNetworks(edits: readonly ObjectEdit[], clusters: readonly Edited[]): readonly string[] {
  const made = edits.flatMap(({ cluster, action, object }) => {
    const network = object.metadata.labels?.[networkLabel];
    if (object.kind !== 'Service' || action === 'Delete' || network === undefined) return [];
    const known = clusters.find((one) => one.cluster === cluster)?.objects ?? [];
    return known.some((one) => one.kind === 'Service' && isSame(one, object)) ? [] : [network];
  });
  return [...new Set(made)];
}

/** The cluster with a pod for each gateway whose Deployment the plan makes, where none of its pods is there. */
export function withNewGateways<T extends Edited>(read: T, edits: readonly ObjectEdit[]): T {
  const pods = edits.flatMap(({ cluster, action, object }) =>
    cluster !== read.cluster || action === 'Delete' || !isGatewayDeployment(object)
      ? []
      : newPods(object, read.objects),
  );
  return pods.length === 0 ? read : { ...read, objects: [...read.objects, ...pods] };
}

/** A Deployment that is no istiod: the ones that a plan has are gateways. */
export function isGatewayDeployment({ kind, metadata }: KubeObject): boolean {
  return kind === 'Deployment' && metadata.labels?.app !== 'istiod';
}

function newPods(deployment: KubeObject, objects: readonly KubeObject[]): readonly KubeObject[] {
  const { name, namespace = '' } = deployment.metadata;
  const template = valueAt(deployment, ['spec', 'template']);
  const labels = valueAt(template, ['metadata', 'labels']);
  if (!isJsonObject(template) || !isJsonObject(labels)) return [];
  const selector = valueAt(deployment, ['spec', 'selector', 'matchLabels']);
  const wanted = Object.entries(isJsonObject(selector) ? selector : labels);
  const isThere = objects.some(
    ({ kind, metadata }) =>
      kind === 'Pod' &&
      metadata.namespace === namespace &&
      wanted.every(([key, value]) => metadata.labels?.[key] === value),
  );
  if (isThere) return [];
  const containers = objectsAt(template, ['spec', 'containers']).map(asRouter);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-new`, namespace, labels },
    spec: { ...(isJsonObject(template.spec) ? template.spec : {}), containers },
    // An address of none, by which nothing else is found.
    status: { phase: 'Running', podIP: '192.0.2.1', conditions: [{ type: 'Ready', status: 'True' }] },
  };
  const made = asKubeObject(pod);
  return made === undefined ? [] : [made];
}

/** The container as istiod's injection makes it of a gateway's. */
function asRouter(container: JsonObject): JsonObject {
  const isProxy = textAt(container, ['name']) === 'istio-proxy' && container.args === undefined;
  return isProxy ? { ...container, args: ['proxy', 'router'] } : container;
}

function isSame(one: KubeObject, other: KubeObject): boolean {
  return one.metadata.name === other.metadata.name && one.metadata.namespace === other.metadata.namespace;
}
