import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { isConfidentialKind } from '../objects/confidential.ts';
import type { KubeObject } from '../objects/object.ts';
import { appliedAnnotation } from '../objects/ownership.ts';
import { hiddenText, withoutConfidential } from './hidden.ts';

/** One field whose value differs. A value that must not be shown is the text `(hidden)` on both sides. */
export interface FieldChange {
  /** `spec.template.spec.containers[discovery].image`. */
  readonly field: string;
  /** Left out: the field was not there. */
  readonly before?: Json;
  /** Left out: the field is removed. */
  readonly after?: Json;
}

/** What the server keeps for itself, and the note that we leave for the next run. */
const bookkeeping = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'selfLink',
]);

/** The fields that differ between two states of one object, in the order of their names. Confidential values are hidden. */
export function diffObjects(before: KubeObject, after: KubeObject): readonly FieldChange[] {
  const changes = diffValues(comparable(before), comparable(after), { field: '', level: 0 });
  const isConfidential = isConfidentialKind(after);
  return changes.map((change) => (isConfidential && isContent(change.field) ? hidden(change) : shown(change)));
}

/** The same of settings that belong to no object, and of what a cluster reports about one. */
export function diffSettings(before: Json, after: Json): readonly FieldChange[] {
  return diffValues(before, after, { field: '', level: 0 }).map(shown);
}

function comparable({ status: _, metadata, ...rest }: KubeObject): JsonObject {
  const kept = Object.entries(metadata).filter(([key]) => !bookkeeping.has(key));
  const { [appliedAnnotation]: _applied, ...annotations } = metadata.annotations ?? {};
  const named = Object.keys(annotations).length > 0 ? { annotations } : {};
  return { ...rest, metadata: { ...Object.fromEntries(kept.filter(([key]) => key !== 'annotations')), ...named } };
}

/** The annotations too: kubectl keeps a copy of the whole object in one. */
function isContent(field: string): boolean {
  return /^(data|stringData|spec|metadata\.annotations)\b/.test(field);
}

function hidden({ field, before, after }: FieldChange): FieldChange {
  return {
    field,
    ...(before === undefined ? {} : { before: hiddenText }),
    ...(after === undefined ? {} : { after: hiddenText }),
  };
}

function shown({ field, before, after }: FieldChange): FieldChange {
  return {
    field,
    ...(before === undefined ? {} : { before: withoutConfidential(before) }),
    ...(after === undefined ? {} : { after: withoutConfidential(after) }),
  };
}

/** Where two values stand, and how many levels below the object. */
interface Spot {
  readonly field: string;
  readonly level: number;
}

function below({ level }: Spot, field: string): Spot {
  return { field, level: level + 1 };
}

/** Fields are named down to this level; what differs below is shown as one value. */
const namedLevels = 64;

function diffValues(before: Json | undefined, after: Json | undefined, spot: Spot): readonly FieldChange[] {
  if (canonicalJson(before) === canonicalJson(after) && (before === undefined) === (after === undefined)) return [];
  const change = {
    field: spot.field,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
  if (spot.level >= namedLevels) return [change];
  if (isMap(before, after)) return diffMaps(before ?? {}, after ?? {}, spot);
  const named = isJsonList(before) && isJsonList(after) ? diffLists(before, after, spot) : undefined;
  return named ?? [change];
}

function isMap(before: Json | undefined, after: Json | undefined): boolean {
  const both = [before, after].filter((value) => value !== undefined);
  // An empty map is a value of its own: it has no fields that could be named.
  return both.every(isJsonObject) && both.some((value) => isJsonObject(value) && Object.keys(value).length > 0);
}

function diffMaps(before: Json, after: Json, spot: Spot): readonly FieldChange[] {
  const [old, now] = [before, after].map((value) => (isJsonObject(value) ? value : {}));
  const keys = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].sort();
  return keys.flatMap((key) =>
    diffValues(old?.[key], now?.[key], below(spot, spot.field === '' ? key : `${spot.field}.${key}`)),
  );
}

/** Items by their name where all have one of their own, else by position where there are as many; else undefined. */
function diffLists(before: readonly Json[], after: readonly Json[], spot: Spot): readonly FieldChange[] | undefined {
  const [old, now] = [byName(before), byName(after)];
  if (old !== undefined && now !== undefined) {
    const names = [...new Set([...old.keys(), ...now.keys()])];
    const changes = names.flatMap((name) =>
      diffValues(old.get(name), now.get(name), below(spot, `${spot.field}[${name}]`)),
    );
    // Only their order differs.
    return changes.length === 0 ? undefined : changes;
  }
  if (before.length !== after.length || !before.every(isJsonObject)) return undefined;
  return after.flatMap((item, index) => diffValues(before[index], item, below(spot, `${spot.field}[${index}]`)));
}

function byName(items: readonly Json[]): ReadonlyMap<string, Json> | undefined {
  const named = items.flatMap((item): [string, Json][] =>
    isJsonObject(item) && typeof item.name === 'string' ? [[item.name, item]] : [],
  );
  const map = new Map(named);
  return items.length > 0 && map.size === items.length ? map : undefined;
}

function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
