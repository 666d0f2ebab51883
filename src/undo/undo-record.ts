import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import { canonicalJson, isJsonObject, type Json, type JsonObject, mergeJson, textAt } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';
import { asKubeObject, describeRef, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { appliedAnnotation } from '../objects/ownership.ts';
import { isOurs, managedFieldsOf } from '../plan/drift.ts';

const object = z.custom<KubeObject>((value) => asKubeObject(value as Json) !== undefined);

const undoEntry = z.strictObject({
  ref: z.strictObject({ apiVersion: z.string(), kind: z.string(), namespace: z.string(), name: z.string() }),
  /** What our field manager had applied; null where there was no such object. */
  before: object.nullable(),
  /** The digests of all that the steps write. */
  written: z.array(z.string()),
  /** The steps delete it: where it is gone it is as they left it. */
  deleted: z.literal(true).optional(),
});
export type UndoEntry = z.output<typeof undoEntry>;

const content = z.custom<JsonObject>((value) => isJsonObject(value as Json));

/** A part of an object of someone else that a drill changes on purpose. */
const undoFault = z.strictObject({
  ref: z.strictObject({ apiVersion: z.string(), kind: z.string(), namespace: z.string(), name: z.string() }),
  /** What the drill sets, as a merge patch: as long as the object holds it, it is the fault. */
  set: content,
  /** What brings the object back, as a merge patch. */
  restore: content,
});
export type UndoFault = z.output<typeof undoFault>;

/** What an undo puts back in one cluster and when: the content of its ConfigMap. */
const undoRecord = z.strictObject({
  version: z.literal(1),
  mesh: z.string(),
  /** What it belongs to: the name of the MeshShift, or `drill`. */
  subject: z.string(),
  /** By the clock of the cluster's own API server. */
  expiresAt: z.iso.datetime(),
  /** A Lease beside it: where its holder stopped renewing it, the time is over too. */
  heartbeat: z.string().optional(),
  entries: z.array(undoEntry),
  faults: z.array(undoFault),
});
export type UndoRecord = z.output<typeof undoRecord>;

/** The key of the record in its ConfigMap. */
export const undoKey = 'undo.json';

export function undoText(record: UndoRecord): string {
  return canonicalJson(record as unknown as Json);
}

/** The record of a ConfigMap. Throws where it has a form that is not known: undoing half of it would be worse. */
export function parseUndo(configMap: KubeObject): UndoRecord {
  const parsed = undoRecord.safeParse(parseJson(textAt(configMap, ['data', undoKey]) ?? ''));
  if (parsed.success) return parsed.data;
  throw new IsthmusError('unexpected-response', `${describeRef(refOf(configMap))} is no record of an undo`, {
    cause: parsed.error,
  });
}

/** What an undo does about one object. */
export type UndoAct =
  | { readonly act: 'None' }
  | { readonly act: 'Apply'; readonly object: KubeObject }
  | { readonly act: 'Delete'; readonly ref: ObjectRef; readonly uid: string; readonly resourceVersion: string }
  | { readonly act: 'Leave'; readonly why: string };

/**
 * What brings an object back. What holds a digest that no step wrote was written by someone else meanwhile, and so was what
 * another field manager has set something of: it is left as it is.
 */
export function undoActOf({ ref, before, written, deleted }: UndoEntry, live: KubeObject | undefined): UndoAct {
  if (live === undefined) {
    if (before !== null && deleted === true) return { act: 'Apply', object: before };
    return before === null ? { act: 'None' } : { act: 'Leave', why: `${describeRef(ref)} was deleted meanwhile` };
  }
  const digest = live.metadata.annotations?.[appliedAnnotation];
  const { uid = '', resourceVersion = '' } = live.metadata;
  if (digest === undefined || digest === '') return leave(ref, 'it does not say what was applied');
  if (before !== null && digest === before.metadata.annotations?.[appliedAnnotation]) return { act: 'None' };
  if (!written.includes(digest)) return leave(ref, 'something else was applied to it');
  const others = setByOthers(live);
  if (others.length > 0) return leave(ref, `${others.join(', ')} has set fields of it`);
  if (before === null) return { act: 'Delete', ref, uid, resourceVersion };
  return { act: 'Apply', object: { ...before, metadata: { ...before.metadata, resourceVersion } } };
}

function leave(ref: ObjectRef, why: string): UndoAct {
  return { act: 'Leave', why: `${describeRef(ref)} was changed meanwhile: ${why}` };
}

/** The other field managers of what it holds. */
function setByOthers(live: KubeObject): readonly string[] {
  const others = managedFieldsOf(live).filter(
    (entry) => !isOurs(entry) && ['f:spec', 'f:data'].some((part) => entry.fieldsV1?.[part] !== undefined),
  );
  return [...new Set(others.map(({ manager }) => manager ?? 'another owner'))];
}

/** What an undo does about a fault. */
export type FaultAct =
  | { readonly act: 'None' }
  | { readonly act: 'Patch'; readonly patch: JsonObject }
  | { readonly act: 'Leave'; readonly why: string };

/** An object that no longer holds the fault was put right or changed by someone else: it is left as it is. */
export function faultActOf({ ref, set, restore }: UndoFault, live: KubeObject | undefined): FaultAct {
  if (live === undefined) return { act: 'Leave', why: `${describeRef(ref)} was deleted meanwhile` };
  if (!holds(live, set)) return { act: 'None' };
  const { resourceVersion = '' } = live.metadata;
  return { act: 'Patch', patch: mergeJson(restore, { metadata: { resourceVersion } }) };
}

/** Whether a value has everything that a merge patch sets. */
export function holds(value: Json | undefined, patch: Json): boolean {
  if (!isJsonObject(patch)) return value === patch;
  return (
    isJsonObject(value) && Object.entries(patch).every(([key, one]) => one === undefined || holds(value[key], one))
  );
}
