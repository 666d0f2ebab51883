import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

/**
 * The fields of `desired` that a field set (a `fieldsV1` value of metadata.managedFields) does not hold, as dotted paths.
 *
 * The form of a field set is that of sigs.k8s.io/structured-merge-diff `fieldpath/serialize.go`: `f:` a field,
 * `k:` a list item by its keys, `v:` a set member by its value, `.` the item itself; an empty set below a name
 * means that the whole value there belongs to the manager.
 */
export function fieldsNotHeld(desired: Json, held: Json | undefined, path = ''): readonly string[] {
  if (!isJsonObject(held)) return [path];
  if (Object.keys(held).length === 0) return [];
  if (Array.isArray(desired)) return itemsNotHeld(desired, held, path);
  if (!isJsonObject(desired)) return [];
  return Object.entries(desired).flatMap(([key, value]) =>
    value === undefined ? [] : fieldsNotHeld(value, held[`f:${key}`], path === '' ? key : `${path}.${key}`),
  );
}

function itemsNotHeld(items: readonly Json[], held: JsonObject, path: string): readonly string[] {
  return items.flatMap((item, index) => {
    const at = `${path}[${index}]`;
    if (!isJsonObject(item)) return held[`v:${JSON.stringify(item)}`] === undefined ? [at] : [];
    const entries = Object.entries(held).filter(([key]) => key.startsWith('k:') && matchesKeys(item, key.slice(2)));
    // Keys that the server defaults (a port's protocol) may be left out of the desired item.
    return entries.some(([, below]) => below !== undefined && fieldsNotHeld(item, below, at).length === 0) ? [] : [at];
  });
}

function matchesKeys(item: JsonObject, keyText: string): boolean {
  const keys: unknown = JSON.parse(keyText);
  if (!isJsonObject(keys)) return false;
  return Object.entries(keys).every(([key, value]) => item[key] === undefined || item[key] === value);
}
