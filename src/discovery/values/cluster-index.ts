import { isJsonObject } from '../../base/json.ts';
import { groupOf, type KubeObject } from '../../objects/object.ts';
import { compareTexts, fieldsOf, textOf } from './fields.ts';
import { oncePer } from './once-per.ts';
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
    const kinds = innerMap(versions, object.apiVersion);
    let list = kinds.get(object.kind);
    if (list === undefined) {
      const key = `${groupOf(object.apiVersion)}/${object.kind}`;
      list = lists.get(key) ?? [];
      lists.set(key, list);
      kinds.set(object.kind, list);
    }
    list.push(object);
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
    if (namespace !== '') innerMap(namespaces, namespace).set(object.metadata.name, object);
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
    const services = innerMap(namespaces, namespace);
    const known = services.get(service);
    if (known === undefined) services.set(service, [slice]);
    else known.push(slice);
  }
  for (const services of namespaces.values()) {
    for (const list of services.values()) list.sort((a, b) => compareTexts(a.metadata.name, b.metadata.name));
  }
  return namespaces;
}

/** The map at a key, made where it is missing. */
export function innerMap<V>(outer: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let inner = outer.get(key);
  if (inner === undefined) {
    inner = new Map();
    outer.set(key, inner);
  }
  return inner;
}
