import { IsthmusError } from '../../base/error.ts';
import { fieldsOf, objectsOf, textOf } from '../../discovery/values/fields.ts';
import type { ClusterObjects, Snapshot } from '../../discovery/values/snapshot.ts';
import type { ObjectEdit } from '../../objects/edit.ts';
import { describeRef, groupOf, type KubeObject, refKey, refOf } from '../../objects/object.ts';

/** What a file of changes says about an object: `isthmus.dev/change: delete` removes it, else it is added or replaced. */
export const changeAnnotation = 'isthmus.dev/change';
/** The clusters that an object of such a file is for, separated by commas; left out: all that a change names. */
export const clustersAnnotation = 'isthmus.dev/clusters';

/**
 * The changes that objects with annotations stand for, in the clusters that they name, else in all. Throws
 * `invalid-config` for an annotation that says something else.
 */
export function parseChanges(objects: readonly KubeObject[], clusters: readonly string[]): readonly ObjectEdit[] {
  const changes: ObjectEdit[] = [];
  for (const object of objects) {
    const annotations = object.metadata.annotations ?? {};
    const action = annotations[changeAnnotation] ?? 'put';
    const named = annotations[clustersAnnotation]?.split(',').map((name) => name.trim()) ?? clusters;
    const unknown = named.find((name) => !clusters.includes(name));
    const where = describeRef(refOf(object));
    if (action !== 'delete' && action !== 'put') {
      throw new IsthmusError('invalid-config', `${where}: ${changeAnnotation} is "${action}"`, {
        remedy: `set ${changeAnnotation} to "delete" or "put"; left out, the object is added or replaced`,
      });
    }
    if (unknown !== undefined) {
      throw new IsthmusError('invalid-config', `${where}: ${clustersAnnotation} names "${unknown}"`, {
        remedy: `name one of the clusters ${clusters.join(', ')}`,
      });
    }
    for (const cluster of named) changes.push({ cluster, action: action === 'delete' ? 'Delete' : 'Put', object });
  }
  return changes;
}

/** The snapshot with the changes made. Of what controllers would do in turn, only endpoints of deleted pods are removed. */
export function applyChanges(snapshot: Snapshot, changes: readonly ObjectEdit[]): Snapshot {
  const byCluster = Map.groupBy(changes, ({ cluster }) => cluster);
  const clusters = snapshot.clusters.map((objects) => changed(objects, byCluster.get(objects.cluster) ?? []));
  return { ...snapshot, clusters };
}

/** The objects of a kind with others put among them, as `applyChanges` puts them. */
export function withPut(objects: readonly KubeObject[], put: readonly KubeObject[]): readonly KubeObject[] {
  const changes = put.map((object): ObjectEdit => ({ cluster: '', action: 'Put', object }));
  return changed({ cluster: '', objects }, changes).objects;
}

function changed(was: ClusterObjects, changes: readonly ObjectEdit[]): ClusterObjects {
  // The same object again, of which much is known already.
  if (changes.length === 0) return was;
  const { cluster, objects } = was;
  const latest = new Map(changes.map((change) => [keyOf(change.object), change]));
  const before = new Map<string, KubeObject>();
  const kept = objects.filter((object) => {
    const key = keyOf(object);
    if (!latest.has(key)) return true;
    before.set(key, object);
    return false;
  });
  const put = [...latest].flatMap(([key, { action, object }]) =>
    action === 'Put' ? [withHistory(object, before.get(key))] : [],
  );
  const deletedPods = new Set(
    [...latest.values()].flatMap(({ action, object }) =>
      action === 'Delete' && isPod(object) ? [podKey(object.metadata.namespace, object.metadata.name)] : [],
    ),
  );
  const all = [...kept, ...put];
  return { cluster, objects: deletedPods.size === 0 ? all : all.map((object) => withoutPods(object, deletedPods)) };
}

/** Objects of one kind and name are one object in every version, and in both spellings of the core group. */
function keyOf(object: KubeObject): string {
  return refKey(refOf(object));
}

/** An object that replaces another keeps its age and, where none is written, its status. */
function withHistory(object: KubeObject, before: KubeObject | undefined): KubeObject {
  const creationTimestamp = before?.metadata.creationTimestamp ?? object.metadata.creationTimestamp ?? newest;
  const status = object.status ?? before?.status;
  const metadata = { ...object.metadata, creationTimestamp };
  return status === undefined ? { ...object, metadata } : { ...object, metadata, status };
}

/** The age of a new object: istiod reads objects by age, and a new one comes after all that exist. */
const newest = '9999-01-01T00:00:00Z';

function isPod({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'Pod' && groupOf(apiVersion) === '';
}

function podKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** An EndpointSlice without endpoints of pods that are gone, as the EndpointSlice controller leaves it. */
function withoutPods(object: KubeObject, pods: ReadonlySet<string>): KubeObject {
  if (object.kind !== 'EndpointSlice') return object;
  const endpoints = objectsOf(object.endpoints).filter((endpoint) => {
    const { kind, name, namespace } = fieldsOf(endpoint.targetRef);
    return kind !== 'Pod' || !pods.has(podKey(textOf(namespace) || object.metadata.namespace, textOf(name)));
  });
  return { ...object, endpoints };
}
