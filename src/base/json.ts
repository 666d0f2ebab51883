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
 * cannot carry, such as a function.
 */
export function toJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object') return objectToJson(value);
  throw new IsthmusError('internal', `a value of type ${typeof value} is not JSON`);
}

/** An object of a type of ours as a JSON object. */
export function objectToJson(value: object): JsonObject {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, toJson(field)]));
}

/** JSON text with the keys of every object in code-unit order: equal values give equal text. */
export function canonicalJson(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  if (isJsonObject(value)) {
    const fields = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

/**
 * `over` laid on `under`, objects merged key by key, everything else (arrays too) replaced.
 * A `null` in `over` stays: Helm reads it as "remove the default".
 */
export function mergeJson(under: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const existing = merged[key];
    merged[key] = isJsonObject(existing) && isJsonObject(value) ? mergeJson(existing, value) : value;
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
