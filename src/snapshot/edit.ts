import { mergeJson } from '../base/json.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import { asKubeObject, type KubeObject, refKey, refOf } from '../objects/object.ts';
import { readKinds } from './kinds.ts';
import { isWantedConfigMap, type ReadCluster } from './read-cluster.ts';
import { redactObject } from './redact.ts';

const kinds = new Set(readKinds.map(({ kind }) => kind));

/** True where the edit may decide where requests go. */
export function decidesTraffic({ action, object }: ObjectEdit): boolean {
  switch (object.kind) {
    case 'ConfigMap':
      // What is deleted may be known by its metadata alone, and only the content says what it is.
      return action === 'Delete' || isWantedConfigMap(object);
    case 'Secret':
      return object.metadata.labels?.[multiClusterLabel] === 'true';
    case 'Deployment':
      return object.metadata.labels?.app === 'istiod';
    default:
      return kinds.has(object.kind);
  }
}

/** The facts of a cluster as they would be after the edits. */
export function edited(read: ReadCluster, edits: readonly ObjectEdit[]): ReadCluster {
  const own = new Map(
    edits
      .filter((edit) => edit.cluster === read.cluster && decidesTraffic(edit))
      .map((edit) => [refKey(refOf(edit.object)), edit]),
  );
  if (own.size === 0) return read;
  const ofKind =
    (kind: string) =>
    (object: KubeObject): boolean =>
      object.kind === kind;
  const objects = laid(read.objects, own, ({ kind }) => kinds.has(kind));
  return {
    ...read,
    objects,
    secrets: laid(read.secrets, own, ofKind('Secret')),
    configMaps: laid(read.configMaps, own, ofKind('ConfigMap')),
    namespaces: objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace'),
    deployments: laid(read.deployments, own, ofKind('Deployment')),
  };
}

/** The objects with the edits of those that `belongs` takes; new ones come last. */
function laid(
  objects: readonly KubeObject[],
  edits: ReadonlyMap<string, ObjectEdit>,
  belongs: (object: KubeObject) => boolean,
): readonly KubeObject[] {
  const known = new Set(objects.map((object) => refKey(refOf(object))));
  const kept = objects.flatMap((object) => {
    const edit = edits.get(refKey(refOf(object)));
    if (edit === undefined) return [object];
    if (edit.action === 'Delete') return [];
    return [over(edit.action === 'Put' ? undefined : object, edit.object)];
  });
  const added = [...edits].flatMap(([key, { action, object }]) =>
    action !== 'Delete' && !known.has(key) && belongs(object) ? [over(undefined, object)] : [],
  );
  return [...kept, ...added];
}

/**
 * The object with the edit laid over it. A new object gets a date in the future: istiod reads objects by age, and it comes
 * after all that exist. A Deployment is not redacted: a snapshot keeps none, and istiod's settings are read from it first.
 */
function over(before: KubeObject | undefined, wanted: KubeObject): KubeObject {
  const creationTimestamp = before?.metadata.creationTimestamp ?? '9999-01-01T00:00:00Z';
  const dated = { ...wanted, metadata: { ...wanted.metadata, creationTimestamp } };
  const merged = asKubeObject(mergeJson(before ?? {}, dated)) ?? dated;
  return wanted.kind === 'Deployment' ? merged : redactObject(merged);
}
