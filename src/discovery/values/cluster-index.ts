import { isJsonObject } from '../../base/json.ts';
import { oncePer, remember } from '../../base/memo.ts';
import { groupOf, type KubeObject } from '../../objects/object.ts';
import { compareTexts, fieldsOf, textOf } from './fields.ts';
import type { ClusterObjects } from './snapshot.ts';

/** Objects by namespace, then name. */
export type Namespaced<V> = ReadonlyMap<string, ReadonlyMap<string, V>>;

/** The objects of one cluster by kind and name. It depends on no istiod, so that all views share it. */
export interface ClusterIndex {
  readonly cluster: string;
  readonly namespaces: ReadonlyMap<string, KubeObject>;
  readonly nodes: ReadonlyMap<string, KubeObject>;
  readonly services: Namespaced<KubeObject>;
  /** By namespace, then service; slices of other clusters' services (label of the MCS controllers) are not among them. */
  readonly slices: Namespaced<readonly KubeObject[]>;
  /** Without failed ones, which istiod does not watch. */
  readonly pods: Namespaced<KubeObject>;
  readonly configMaps: Namespaced<KubeObject>;
  /** Objects of any other kind, `group/Kind`, in no order. */
  objects(kind: string): readonly KubeObject[];
}

const serviceNameLabel = 'kubernetes.io/service-name';
const importedServiceLabel = 'multicluster.kubernetes.io/service-name';

export const indexCluster = oncePer(({ cluster, objects }: ClusterObjects): ClusterIndex => {
  const byKind = groupByKind(objects);
  const ofKind = (kind: string): readonly KubeObject[] => byKind.get(kind) ?? [];
  return {
    cluster,
    namespaces: byName(ofKind('/Namespace')),
    nodes: byName(ofKind('/Node')),
    services: byNamespace(ofKind('/Service')),
    slices: slicesByService(ofKind('discovery.k8s.io/EndpointSlice')),
    pods: byNamespace(ofKind('/Pod').filter((pod) => textOf(fieldsOf(pod.status).phase) !== 'Failed')),
    configMaps: byNamespace(ofKind('/ConfigMap')),
    objects: ofKind,
  };
});

/** `group/Kind` to its objects. What lacks a kind or a name is left out. */
function groupByKind(objects: readonly unknown[]): ReadonlyMap<string, KubeObject[]> {
  const lists = new Map<string, KubeObject[]>();
  // By version, then kind: the same list again, found without building a key for each object.
  const versions = new Map<string, Map<string, KubeObject[]>>();
  for (const object of objects) {
    if (!isNamedObject(object)) continue;
    const { apiVersion, kind } = object;
    const kinds = remember(versions, apiVersion, () => new Map());
    remember(kinds, kind, () => remember(lists, `${groupOf(apiVersion)}/${kind}`, () => [])).push(object);
  }
  return lists;
}

function isNamedObject(value: unknown): value is KubeObject {
  if (!isJsonObject(value) || typeof value.apiVersion !== 'string' || typeof value.kind !== 'string') return false;
  const metadata = value.metadata;
  return isJsonObject(metadata) && typeof metadata.name === 'string' && metadata.name !== '';
}

function byName(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

function byNamespace(objects: readonly KubeObject[]): Namespaced<KubeObject> {
  const namespaces = new Map<string, Map<string, KubeObject>>();
  for (const object of objects) {
    const namespace = textOf(object.metadata.namespace);
    if (namespace !== '') remember(namespaces, namespace, () => new Map()).set(object.metadata.name, object);
  }
  return namespaces;
}

function slicesByService(slices: readonly KubeObject[]): Namespaced<readonly KubeObject[]> {
  const namespaces = new Map<string, Map<string, KubeObject[]>>();
  for (const slice of slices) {
    const namespace = textOf(slice.metadata.namespace);
    const labels = fieldsOf(slice.metadata.labels);
    const service = textOf(labels[serviceNameLabel]);
    if (namespace === '' || service === '' || labels[importedServiceLabel] !== undefined) continue;
    const services = remember(namespaces, namespace, () => new Map());
    remember(services, service, () => []).push(slice);
  }
  for (const services of namespaces.values()) {
    for (const list of services.values()) list.sort((a, b) => compareTexts(a.metadata.name, b.metadata.name));
  }
  return namespaces;
}
