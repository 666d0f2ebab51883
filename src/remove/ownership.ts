import { lockRef } from '../fleet/lock.ts';
import { isOfIstiods } from '../istio/names.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import {
  fieldManager,
  isRunNamespace,
  managedByLabel,
  managedByValue,
  meshLabel,
  systemNamespace,
} from '../objects/ownership.ts';
import { isBeyondUs } from '../objects/platform.ts';
import { managedFieldsOf } from '../plan/drift.ts';

/** Whose objects a removal takes away. */
export interface Owner {
  readonly mesh: string;
  /** `AnyIstio`: what other meshes made counts too. */
  readonly reach: 'Mesh' | 'AnyIstio';
  /** What the inventory of the cluster names. */
  readonly inventory: readonly ObjectRef[];
}

/**
 * Whether an object is ours. Anybody who may patch an object can label it, and a copy has its labels too:
 * so both labels count only with a second witness, the inventory or the fields that our field manager holds. Whoever
 * may write into a namespace can forge the fields too: among the objects of users only the inventory is believed, where
 * there is one.
 */
export function ownership({ mesh, inventory, reach }: Owner): (object: KubeObject) => boolean {
  const inventoried = new Set(inventory.map(refKey));
  const lock = refKey(lockRef(mesh));
  return (object) => {
    if (isBeyondUs(object)) return false;
    const { labels, namespace } = object.metadata;
    const key = refKey(refOf(object));
    const owner = labels?.[meshLabel];
    if (key === lock) return owner === undefined || owner === mesh;
    if (owner === undefined || labels?.[managedByLabel] !== managedByValue) return false;
    const isForgeable = inventory.length > 0 && isAmongUsers(namespace);
    if (!inventoried.has(key) && (isForgeable || !isWritten(object))) return false;
    return owner === mesh || (reach === 'AnyIstio' && namespace !== systemNamespace);
  };
}

/** True for namespaces in which others than administrators of the mesh write. */
function isAmongUsers(namespace: string | undefined): boolean {
  if (namespace === undefined || namespace === systemNamespace) return false;
  return !isOfIstiods(namespace) && !isRunNamespace(namespace);
}

/** True where our field manager holds fields of an object, applied or, as in the pods of verify, created. */
function isWritten(object: KubeObject): boolean {
  return managedFieldsOf(object).some(
    ({ manager, subresource, fieldsV1 }) =>
      manager === fieldManager && !subresource && Object.keys(fieldsV1 ?? {}).length > 0,
  );
}

/** True where our field manager holds applied fields of an object. */
export function holdsFields(object: KubeObject): boolean {
  return managedFieldsOf(object).some(
    ({ manager, operation, fieldsV1 }) =>
      manager === fieldManager && operation === 'Apply' && Object.keys(fieldsV1 ?? {}).length > 0,
  );
}
