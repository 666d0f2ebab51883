import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import {
  asKubeObject,
  describeRef,
  type KubeObject,
  type ManagedFieldsEntry,
  type ObjectRef,
  refOf,
} from '../objects/object.ts';
import { appliedAnnotation, fieldManager, meshLabel } from '../objects/ownership.ts';
import { fieldsNotHeld } from './fields.ts';

/** A path into an object; `*` stands for every item of a list. */
export type FieldPath = readonly string[];

/** One object as the mesh wants it, and what of it is only ours until somebody else takes it over. */
export interface DesiredObject {
  readonly object: KubeObject;
  /** Fields set at creation only: a controller of the cluster owns them afterwards. */
  readonly ceded: readonly FieldPath[];
  /** `Shared` objects may exist before the mesh (namespaces); anything else that exists and is not ours is refused. */
  readonly ownership: 'Ours' | 'Shared';
}

export type Change =
  | {
      readonly action: 'Create' | 'Update';
      readonly ref: ObjectRef;
      readonly object: KubeObject;
      readonly reason: string;
    }
  | { readonly action: 'Unchanged'; readonly ref: ObjectRef }
  | { readonly action: 'Refuse'; readonly ref: ObjectRef; readonly reason: string };

/** A fixed-length text that differs where the argument differs, e.g. SHA-256 in hex. */
export type Digest = (text: string) => string;

/**
 * What has to be done about one object, judged by metadata alone.
 *
 * Nothing has to be done where the annotation `isthmus.dev/applied` names the digest of what we would apply and our
 * field manager still holds every field of it: a value that somebody changes, or removes, moves out of our field set
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers). So no value needs to be compared, and
 * whatever the server defaults or normalizes makes no difference.
 *
 * `mesh` is the name of the mesh whose objects are ours; `live` may be a PartialObjectMetadata.
 */
export function planObject(
  desired: DesiredObject,
  live: KubeObject | undefined,
  options: { mesh: string; digest: Digest },
): Change {
  const ref = refOf(desired.object);
  const lasting = withoutPaths(normalized(desired.object), desired.ceded);
  const digest = options.digest(canonicalJson(lasting));
  if (live === undefined) {
    return {
      action: 'Create',
      ref,
      object: annotated(normalized(desired.object), digest),
      reason: 'it does not exist',
    };
  }
  if (desired.ownership === 'Ours' && live.metadata.labels?.[meshLabel] !== options.mesh) {
    return { action: 'Refuse', ref, reason: `${describeRef(ref)} exists and does not belong to mesh ${options.mesh}` };
  }
  const object = annotated(lasting, digest);
  if (live.metadata.annotations?.[appliedAnnotation] !== digest) {
    return { action: 'Update', ref, object, reason: 'the mesh wants it otherwise' };
  }
  const taken = fieldsNotHeld(fieldsOf(object), heldFields(live));
  if (taken.length === 0) return { action: 'Unchanged', ref };
  return { action: 'Update', ref, object, reason: `${taken.slice(0, 3).join(', ')} changed by ${otherManagers(live)}` };
}

/** Without nulls and status: the parts that server-side apply would not store. */
function normalized(object: KubeObject): KubeObject {
  const { status: _, ...rest } = withoutNulls(object) as JsonObject;
  const kept = asKubeObject(rest);
  if (kept === undefined) throw new TypeError(`not a Kubernetes object: ${object.kind}`);
  return kept;
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutNulls(item));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, field]) =>
    field === null || field === undefined ? [] : [[key, withoutNulls(field)] as const],
  );
  return Object.fromEntries(entries);
}

function withoutPaths(object: KubeObject, paths: readonly FieldPath[]): KubeObject {
  return paths.reduce<KubeObject>((rest, path) => withoutPath(rest, path) as KubeObject, object);
}

function withoutPath(value: Json, path: FieldPath): Json {
  const [head, ...tail] = path;
  if (head === undefined) return value;
  if (head === '*') return Array.isArray(value) ? value.map((item: Json) => withoutPath(item, tail)) : value;
  if (!isJsonObject(value)) return value;
  const { [head]: field, ...rest } = value;
  if (field === undefined || tail.length === 0) return rest;
  return { ...value, [head]: withoutPath(field, tail) };
}

function annotated(object: KubeObject, digest: string): KubeObject {
  const annotations = { ...object.metadata.annotations, [appliedAnnotation]: digest };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The object without the fields that are its identity: no field manager holds those. */
function fieldsOf(object: KubeObject): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const { name: _name, namespace: _namespace, ...held } = metadata;
  return { ...rest, metadata: held };
}

function managedFieldsOf(live: KubeObject): readonly ManagedFieldsEntry[] {
  const entries = live.metadata.managedFields;
  return Array.isArray(entries) ? (entries as readonly ManagedFieldsEntry[]) : [];
}

function heldFields(live: KubeObject): JsonObject | undefined {
  return managedFieldsOf(live).find(
    (entry) => entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource,
  )?.fieldsV1;
}

function otherManagers(live: KubeObject): string {
  const names = new Set(
    managedFieldsOf(live).flatMap((entry) =>
      entry.manager === undefined || entry.manager === fieldManager ? [] : [entry.manager],
    ),
  );
  return names.size === 0 ? 'somebody' : [...names].join(', ');
}
