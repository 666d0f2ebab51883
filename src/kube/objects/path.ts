import { IsthmusError } from '../../base/error.ts';
import { describeRef, groupOf, type KindRef, type ObjectRef } from '../../objects/object.ts';
import type { Resource } from './built-in-kinds.ts';

/** The path of a kind's collection; `namespace` left out means all namespaces (or a cluster-scoped kind). */
export function collectionPath({ apiVersion }: KindRef, resource: Resource, namespace?: string): string {
  const root = groupOf(apiVersion) === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const within = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${resource.plural}`;
}

/** The path of one object. */
export function objectPath(ref: ObjectRef, resource: Resource, cluster: string): string {
  if (resource.namespaced && ref.namespace === undefined) {
    throw new IsthmusError('internal', `cluster ${cluster}: ${describeRef(ref)} needs a namespace and has none`, {
      cluster,
    });
  }
  return `${collectionPath(ref, resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
}
