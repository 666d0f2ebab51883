import { IsthmusError } from './error.ts';

/** A value as JSON carries it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object; a missing key and `undefined` are the same. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** True for a JSON object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A value of a type of ours as JSON: what is undefined in objects is left out. Throws where it holds something that JSON
 * cannot carry, such as a function. It does not recurse.
 */
export function toJson(value: unknown): Json {
  const whole = emptied(value);
  const pending: (readonly [from: unknown, into: Json])[] = [[value, whole]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [from, into] = pair;
    if (typeof from !== 'object' || from === null) continue;
    for (const [key, inner] of Object.entries(from)) {
      if (inner === undefined && !Array.isArray(from)) continue;
      const copy = emptied(inner);
      put(into as Record<string, Json>, key, copy);
      if (typeof copy === 'object') pending.push([inner, copy]);
    }
  }
  return whole;
}

/** To define a property takes many times as long as to assign it, which one name alone does not allow. */
function put(into: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') into[key] = value;
  else Object.defineProperty(into, key, { value, configurable: true, enumerable: true, writable: true });
}

/** A scalar as it is, and an empty list or map in the place of one. */
function emptied(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (Array.isArray(value)) return [];
  if (typeof value === 'object') return {};
  throw new IsthmusError('internal', `a value of type ${typeof value} is not JSON`);
}

/** An object of a type of ours as a JSON object. */
export function objectToJson(value: object): JsonObject {
  const json = toJson(value);
  return isJsonObject(json) ? json : {};
}

/**
 * JSON text with the keys of every object in code-unit order: equal values give equal text. It does not recurse: what
 * comes from a cluster may be nested as deep as an API server takes it.
 */
export function canonicalJson(value: Json | undefined): string {
  let text = '';
  const pending: Piece[] = [{ value }];
  for (let piece = pending.pop(); piece !== undefined; piece = pending.pop()) {
    if (typeof piece === 'string') text += piece;
    else if (Array.isArray(piece.value)) text += openList(piece.value, pending);
    else if (isJsonObject(piece.value)) text += openMap(piece.value, pending);
    else text += JSON.stringify(piece.value ?? null);
  }
  return text;
}

/** What is still to be written: a text as it is, or a value. */
type Piece = string | { readonly value: Json | undefined };

/** Puts the items on the pile of what is to be written, the first on top. */
function openList(items: readonly Json[], pending: Piece[]): string {
  pending.push(']');
  for (let index = items.length - 1; index >= 0; index -= 1) {
    pending.push({ value: items[index] });
    if (index > 0) pending.push(',');
  }
  return '[';
}

function openMap(map: JsonObject, pending: Piece[]): string {
  const keys = Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort();
  pending.push('}');
  for (let index = keys.length - 1; index >= 0; index -= 1) {
    const key = keys[index] ?? '';
    pending.push({ value: map[key] }, `${index > 0 ? ',' : ''}${JSON.stringify(key)}:`);
  }
  return '{';
}

/**
 * `over` laid on `under`, objects merged key by key, everything else (arrays too) replaced.
 * A `null` in `over` stays: Helm reads it as "remove the default".
 */
export function mergeJson(under: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...under };
  const pending: [Record<string, Json | undefined>, JsonObject][] = [[merged, over]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [into, from] = pair;
    for (const [key, value] of Object.entries(from)) {
      const existing = into[key];
      if (isJsonObject(existing) && isJsonObject(value)) {
        const copy = { ...existing };
        into[key] = copy;
        pending.push([copy, value]);
      } else into[key] = value;
    }
  }
  return merged;
}

/** The value at a path of object keys, or undefined where the path ends early. */
export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const key of path) {
    if (!isJsonObject(current)) return undefined;
    current = current[key];
  }
  return current;
}

/** The text at a path, or undefined where none stands there. */
export function textAt(value: Json | undefined, path: readonly string[]): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
}

/** The objects in the list at a path; none where no list stands there. */
export function objectsAt(value: Json | undefined, path: readonly string[]): readonly JsonObject[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
