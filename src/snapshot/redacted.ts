import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

export { redacted } from '../discovery/values/redacted.ts';

/** The object with these fields alone; empty where there is no object. */
export function picked(value: Json | undefined, keys: readonly string[]): JsonObject {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    keys.flatMap((key) => (Object.hasOwn(value, key) && value[key] !== undefined ? [[key, value[key]]] : [])),
  );
}

/** The objects of a list, each with these fields alone. */
export function pickedEach(list: Json | undefined, keys: readonly string[]): readonly JsonObject[] {
  return listOf(list).map((item) => picked(item, keys));
}

export function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
