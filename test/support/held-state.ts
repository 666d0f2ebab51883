import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { describeRef, type KubeObject, refKey, refOf } from '../../src/objects/object.ts';
import { appliedAnnotation, meshLabel } from '../../src/objects/ownership.ts';
import { inventoryRef, parseInventory } from '../../src/plan/inventory.ts';
import type { OneCluster } from './one-cluster.ts';

const kinds = [
  'v1 Namespace',
  'v1 ConfigMap',
  'v1 Secret',
  'v1 Service',
  'v1 ServiceAccount',
  'apps/v1 Deployment',
  'autoscaling/v2 HorizontalPodAutoscaler',
  'policy/v1 PodDisruptionBudget',
  'apiextensions.k8s.io/v1 CustomResourceDefinition',
  'rbac.authorization.k8s.io/v1 Role',
  'rbac.authorization.k8s.io/v1 RoleBinding',
  'rbac.authorization.k8s.io/v1 ClusterRole',
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding',
  'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration',
  'isthmus.dev/v1alpha1 Mesh',
  'isthmus.dev/v1alpha1 MeshCluster',
].map((text) => {
  const [apiVersion = '', kind = ''] = text.split(' ');
  return { apiVersion, kind };
});

/** The objects of a mesh that its cluster's inventory does not name. */
export async function unnamed({ direct }: Pick<OneCluster, 'direct'>, mesh: string): Promise<readonly string[]> {
  const labelSelector = `${meshLabel}=${mesh}`;
  const [inventory, ...lists] = await Promise.all([
    direct.get(inventoryRef),
    ...kinds.map((kind) => direct.list(kind, { labelSelector, content: 'Metadata' })),
  ]);
  const named = new Set(parseInventory(inventory).map(refKey));
  return lists
    .flat()
    .map(refOf)
    .filter((ref) => !named.has(refKey(ref)))
    .map(describeRef);
}

/** What the cluster holds after an apply, without what differs from one run to the next. */
export interface HeldState {
  /** The keys of everything that is stored, of whatever kind. */
  readonly keys: readonly string[];
  readonly objects: Readonly<Record<string, Json>>;
}

/** Made by the server itself some time later, or named after an address that it gave out. */
const incidental = /^\/registry\/(apiregistration\.k8s\.io|ipaddresses|leases)\//;

export async function heldState({ direct, etcd }: Pick<OneCluster, 'direct' | 'etcd'>): Promise<HeldState> {
  const [stored, ...lists] = await Promise.all([etcd.read(), ...kinds.map((kind) => contentOf(direct, kind))]);
  const objects = lists.flat().map((object) => [describeRef(refOf(object)), lasting(object)] as const);
  return {
    keys: [...stored.keys()].filter((key) => !incidental.test(key)).toSorted(),
    objects: Object.fromEntries(objects),
  };
}

async function contentOf(client: KubeClient, kind: (typeof kinds)[number]): Promise<readonly KubeObject[]> {
  // Of the definitions, which are a megabyte, the digest of what was applied says enough.
  const content = kind.kind === 'CustomResourceDefinition' ? 'Metadata' : 'Full';
  const objects = await client.list(kind, { content });
  return objects.filter(({ metadata }) => !metadata.name.startsWith('system:'));
}

const volatile = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'generation', 'status']);
/** The root is another one in each mesh that starts over, and addresses are given out as they come. */
const arbitrary = new Set(['isthmus.dev/root', 'clusterIP', 'clusterIPs']);

function lasting(object: KubeObject): Json {
  const digest = object.kind === 'CustomResourceDefinition' ? object.metadata.annotations?.[appliedAnnotation] : '';
  const data = object.kind === 'Secret' && isJsonObject(object.data) ? Object.keys(object.data) : object.data;
  const strip = (value: Json | undefined, key: string): Json => {
    if (arbitrary.has(key)) return '';
    if (Array.isArray(value)) return value.map((item: Json) => strip(item, ''));
    if (!isJsonObject(value)) return value ?? null;
    const kept = Object.entries(value).filter(([name]) => !volatile.has(name) && name !== appliedAnnotation);
    return Object.fromEntries(kept.map(([name, field]) => [name, strip(field, name)]));
  };
  return { ...(strip({ ...object, data } as JsonObject, '') as JsonObject), digest };
}
