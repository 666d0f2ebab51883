import { apiGroup } from '../api/crd.ts';
import { type DriftedField, driftText } from '../base/drifted-field.ts';
import { IsthmusError } from '../base/error.ts';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { oncePer } from '../base/memo.ts';
import { asKubeObject, describeRef, type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { appliedAnnotation, meshLabel, systemNamespace } from '../objects/ownership.ts';
import { driftedField, isOurs, managedFieldsOf } from './drift.ts';
import { fieldAt, fieldsNotHeld, withoutFields } from './fields.ts';

/** A path into an object; `*` stands for every item of a list. */
export type FieldPath = readonly string[];

/** One object as the mesh wants it, and what of it is only ours until someone else takes it over. */
export interface DesiredObject {
  readonly object: KubeObject;
  /** Fields set at creation only: a controller of the cluster owns them afterwards. */
  readonly ceded: readonly FieldPath[];
  /**
   * What exists and is not ours is refused, but for `Shared` objects, which may exist before the mesh (namespaces), and
   * `Heritable` ones where no other mesh has them: definitions, which stay when an Istio or a mesh is removed.
   */
  readonly ownership: 'Ours' | 'Heritable' | 'Shared';
}

export type Change =
  | {
      readonly action: 'Create';
      readonly ref: ObjectRef;
      readonly object: KubeObject;
      readonly reason: string;
    }
  | {
      readonly action: 'Update';
      readonly ref: ObjectRef;
      readonly object: KubeObject;
      readonly reason: string;
      /** What this restores that others changed. */
      readonly drift: readonly DriftedField[];
      /** What is left to others. */
      readonly respected: readonly DriftedField[];
    }
  | { readonly action: 'Unchanged'; readonly ref: ObjectRef; readonly respected: readonly DriftedField[] }
  | { readonly action: 'Refuse'; readonly ref: ObjectRef; readonly reason: string };

/** A fixed-length text that differs where the argument differs, e.g. SHA-256 in hex. */
export type Digest = (text: string) => string;

export interface ChangeOptions {
  /** The name of the mesh whose objects are ours. */
  readonly mesh: string;
  readonly digest: Digest;
  /** `Respect` leaves to others the fields that they took; what is missing as a whole is recreated all the same. */
  readonly drift: 'Repair' | 'Respect';
  /** The Deployments, by refKey, that somebody scaled to 0: nothing of the mesh is meant to run in no pod. */
  readonly scaledToZero?: ReadonlySet<string> | undefined;
}

/**
 * What has to be done about one object, judged by metadata alone.
 *
 * Nothing has to be done where the annotation `isthmus.dev/applied` names the digest of what we would apply and our
 * field manager still holds every field of it: a value that somebody changes, or removes, moves out of our field set
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers). So no value needs to be compared, and
 * whatever the server defaults or normalizes makes no difference.
 *
 * `live` may be a PartialObjectMetadata.
 */
export function planObject(desired: DesiredObject, live: KubeObject | undefined, options: ChangeOptions): Change {
  const ref = refOf(desired.object);
  const { digest, object, fields } = lastingBy(options.digest)(desired);
  if (live === undefined) {
    return {
      action: 'Create',
      ref,
      object: annotated(normalized(desired.object), digest),
      reason: 'it does not exist',
    };
  }
  if (isSomebodys(live, desired, options)) {
    return { action: 'Refuse', ref, reason: `${describeRef(ref)} exists and does not belong to mesh ${options.mesh}` };
  }
  const planned = planExisting({ object, fields }, live, options);
  if (options.scaledToZero?.has(refKey(ref)) !== true) return planned;
  return awakened(planned, object, { live, drift: options.drift });
}

/** What every apply after the first one sets, and its fields. */
interface Lasting {
  readonly object: KubeObject;
  readonly fields: JsonObject;
}

/** What follows from a wanted object alone. The same run asks for it several times, and every run for that of definitions. */
const lastingBy = oncePer((digestOf: Digest) =>
  oncePer((desired: DesiredObject): Lasting & { readonly digest: string } => {
    const lasting = lastingObject(desired);
    const digest = digestOf(canonicalJson(lasting));
    const object = annotated(lasting, digest);
    return { digest, object, fields: fieldsOf(object) };
  }),
);

/** Where nothing of ours sets the number of pods, an autoscaler does, and it leaves a Deployment at 0 alone. */
const awakeReplicas = 1;

/**
 * The change that gives a Deployment at 0 pods again. The number stays its autoscaler's, so it is no part of what is wanted
 * and of its digest.
 */
function awakened(change: Change, object: KubeObject, { live, drift: policy }: AwakenOptions): Change {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  // A number of ours is planned like any other field.
  if (change.action === 'Create' || change.action === 'Refuse' || spec.replicas !== undefined) return change;
  const field = driftedField({ ...object, spec: { replicas: 0 } }, live, ['spec', 'replicas']);
  if (policy === 'Respect') return { ...change, respected: [...change.respected, field] };
  const base = change.action === 'Update' ? change : { object, drift: [], respected: change.respected };
  const baseSpec = isJsonObject(base.object.spec) ? base.object.spec : {};
  const drift = [...base.drift, field];
  return {
    action: 'Update',
    ref: change.ref,
    object: { ...base.object, spec: { ...baseSpec, replicas: awakeReplicas } },
    reason: change.action === 'Update' && change.reason === wantedReason ? wantedReason : driftText(drift),
    drift,
    respected: base.respected,
  };
}

interface AwakenOptions extends Pick<ChangeOptions, 'drift'> {
  readonly live: KubeObject;
}

function isSomebodys(live: KubeObject, { ownership }: DesiredObject, { mesh }: ChangeOptions): boolean {
  const owner = live.metadata.labels?.[meshLabel];
  switch (ownership) {
    case 'Shared':
      return false;
    case 'Heritable':
      return owner !== undefined && owner !== mesh;
    case 'Ours':
      return owner !== mesh;
  }
}

/** What every apply after the first one sets: without the fields that a controller of the cluster owns by then. */
export function lastingObject({ object, ceded }: DesiredObject): KubeObject {
  return withoutPaths(normalized(object), ceded);
}

function planExisting({ object, fields }: Lasting, live: KubeObject, { drift: policy }: ChangeOptions): Change {
  const ref = refOf(object);
  const before = live.metadata.annotations?.[appliedAnnotation];
  const isAsApplied = before === object.metadata.annotations?.[appliedAnnotation];
  const drifted = fieldsNotHeld(fields, heldFields(live))
    .map((at) => ({ at, field: driftedField(object, live, at) }))
    // What was never applied has not drifted. Where something else is wanted, a field that nobody holds is a new one.
    .filter(({ field }) => before !== undefined && (isAsApplied || field.managers.length > 0))
    // Server-side apply notes the items of a list with keys, so nobody holds an empty one.
    .filter(({ at, field }) => field.managers.length > 0 || !isEmptyList(fieldAt(object, at)));
  const drift = drifted.map(({ field }) => field);
  if (policy === 'Respect' && ref.namespace !== systemNamespace) {
    if (isAsApplied) return { action: 'Unchanged', ref, respected: drift };
    const places = drifted.map(({ at }) => at);
    const rest = asKubeObject(withoutFields(object, places)) ?? object;
    return { action: 'Update', ref, object: rest, reason: wantedReason, drift: [], respected: drift };
  }
  if (!isAsApplied) return { action: 'Update', ref, object, reason: wantedReason, drift, respected: [] };
  if (drift.length === 0) return { action: 'Unchanged', ref, respected: [] };
  return { action: 'Update', ref, object, reason: driftText(drift), drift, respected: [] };
}

function isEmptyList(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}

const wantedReason = 'differs from the mesh file';

/** Without nulls and status: the parts that server-side apply would not store. */
function normalized(object: KubeObject): KubeObject {
  const kept = asKubeObject(withoutNulls(object));
  if (kept === undefined) throw new IsthmusError('internal', `not a Kubernetes object: ${object.kind}`);
  const { status: _, ...rest } = kept;
  return rest;
}

/** Whatever holds no null is given as it is: definitions are large, and every cluster has them. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => withoutNulls(item));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isJsonObject(value)) return value;
  let same = true;
  const kept: Record<string, Json> = {};
  for (const [key, field] of Object.entries(value)) {
    const clean = field === null || field === undefined ? undefined : withoutNulls(field);
    same &&= clean === field && clean !== undefined;
    if (clean !== undefined) kept[key] = clean;
  }
  return same ? value : kept;
}

function withoutPaths(object: KubeObject, paths: readonly FieldPath[]): KubeObject {
  return asKubeObject(paths.reduce<Json>(withoutPath, object)) ?? object;
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

/** The object as an apply stores it where no controller owns a field of it: with the digest by which a plan knows it again. */
export function appliedObject(object: KubeObject, digest: ChangeOptions['digest']): KubeObject {
  const whole = normalized(object);
  return annotated(whole, digest(canonicalJson(whole)));
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

function heldFields(live: KubeObject): JsonObject | undefined {
  return managedFieldsOf(live).find(isOurs)?.fieldsV1;
}

/**
 * What we applied before is restored whoever changed it; what we only share is not taken from its owner. The definitions of
 * our own kinds are ours, whoever wrote them first: an installation of the operator, kubectl or Helm.
 */
export function conflictsFor(existing: KubeObject | undefined): 'Force' | 'Refuse' {
  if (existing === undefined || existing.metadata.name.endsWith(`.${apiGroup}`)) return 'Force';
  return existing.metadata.annotations?.[appliedAnnotation] === undefined ? 'Refuse' : 'Force';
}
