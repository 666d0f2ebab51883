import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import { canonicalJson, type Json, textAt } from '../base/json.ts';
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
});
export type UndoEntry = z.output<typeof undoEntry>;

/** What an undo puts back in one cluster and when: the content of its ConfigMap. */
const undoRecord = z.strictObject({
  version: z.literal(1),
  mesh: z.string(),
  /** The name of the MeshShift. */
  shift: z.string(),
  /** By the clock of the cluster's own API server. */
  expiresAt: z.iso.datetime(),
  entries: z.array(undoEntry),
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
export function undoActOf({ ref, before, written }: UndoEntry, live: KubeObject | undefined): UndoAct {
  if (live === undefined) {
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

/** The other field managers of its spec. */
function setByOthers(live: KubeObject): readonly string[] {
  const others = managedFieldsOf(live).filter((entry) => !isOurs(entry) && entry.fieldsV1?.['f:spec'] !== undefined);
  return [...new Set(others.map(({ manager }) => manager ?? 'another owner'))];
}
