import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';

/** Where a field stands in an object: keys, and positions in lists. */
export type FieldAt = readonly (string | number)[];

/**
 * The fields of `desired` that a field set (a `fieldsV1` value of metadata.managedFields) does not hold.
 *
 * The form of a field set is that of sigs.k8s.io/structured-merge-diff `fieldpath/serialize.go`: `f:` a field,
 * `k:` a list item by its keys, `v:` a set member by its value, `.` the item itself; an empty set below a name
 * means that the whole value there belongs to the manager.
 */
export function fieldsNotHeld(desired: Json, held: Json | undefined, at: FieldAt = []): readonly FieldAt[] {
  const isMap = isJsonObject(desired) && Object.keys(desired).length > 0;
  if (!isJsonObject(held) && !isMap) return [at];
  if (isJsonObject(held) && Object.keys(held).length === 0) return [];
  const below = isJsonObject(held) ? held : {};
  if (Array.isArray(desired)) return itemsNotHeld(desired, below, at);
  if (!isJsonObject(desired)) return [];
  return Object.entries(desired).flatMap(([key, value]) =>
    value === undefined ? [] : fieldsNotHeld(value, below[`f:${key}`], [...at, key]),
  );
}

function itemsNotHeld(items: readonly Json[], held: JsonObject, at: FieldAt): readonly FieldAt[] {
  return items.flatMap((item, index) => {
    const here = [...at, index];
    if (!isJsonObject(item)) return held[`v:${JSON.stringify(item)}`] === undefined ? [here] : [];
    const missing = entriesOf(item, held).map((below) => fieldsNotHeld(item, below, here));
    // Keys that the server defaults (a port's protocol) may be left out of the desired item, so several may match.
    return missing.toSorted((a, b) => a.length - b.length)[0] ?? [here];
  });
}

/** Whether a field set holds the field of `value` at a place, or something below it. */
export function isHeld(value: Json | undefined, held: Json | undefined, at: FieldAt): boolean {
  const [step, ...rest] = at;
  if (!isJsonObject(held)) return false;
  if (step === undefined || Object.keys(held).length === 0) return true;
  if (typeof step === 'string') {
    const below = held[`f:${step}`];
    return isHeld(isJsonObject(value) ? value[step] : undefined, below, rest);
  }
  const item: Json | undefined = Array.isArray(value) ? value[step] : undefined;
  if (!isJsonObject(item)) return held[`v:${JSON.stringify(item)}`] !== undefined;
  return entriesOf(item, held).some((below) => isHeld(item, below, rest));
}

/** What a field set holds of the list items that an item may be, by its keys. */
function entriesOf(item: JsonObject, held: JsonObject): readonly (Json | undefined)[] {
  return Object.entries(held).flatMap(([key, below]) => (matchesKeys(item, itemKeys(key)) ? [below] : []));
}

/** The keys of the list item that a member of a field set is (`k:{"port":15021}`); undefined for any other member. */
export function itemKeys(member: string): JsonObject | undefined {
  const keys = member.startsWith('k:') ? parseJson(member.slice(2)) : undefined;
  return isJsonObject(keys) ? keys : undefined;
}

function matchesKeys(item: JsonObject, keys: JsonObject | undefined): boolean {
  if (keys === undefined) return false;
  return Object.entries(keys).every(([key, value]) => item[key] === undefined || item[key] === value);
}

/** The value at a place. */
export function fieldAt(value: Json | undefined, at: FieldAt): Json | undefined {
  return at.reduce<Json | undefined>((current, step) => {
    if (typeof step === 'string') return isJsonObject(current) ? current[step] : undefined;
    return Array.isArray(current) ? current[step] : undefined;
  }, value);
}

/** The value without the fields at those places, and without the maps that this empties. */
export function withoutFields(value: JsonObject, places: readonly FieldAt[]): JsonObject {
  const rest = without(value, places);
  return isJsonObject(rest) ? rest : {};
}

function without(value: Json | undefined, places: readonly FieldAt[]): Json | undefined {
  if (places.some((at) => at.length === 0)) return undefined;
  if (places.length === 0 || value === undefined) return value;
  const below = (step: string | number): readonly FieldAt[] =>
    places.flatMap(([first, ...rest]) => (first === step ? [rest] : []));
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) => {
      const kept = without(item, below(index));
      return kept === undefined ? [] : [kept];
    });
  }
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, field]) => {
    const left = without(field, below(key));
    return left === undefined ? [] : [[key, left] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** `spec.template.spec.containers[discovery].image`: list items by their name where they have one. */
export function fieldText(value: Json, at: FieldAt): string {
  let current: Json | undefined = value;
  let text = '';
  for (const step of at) {
    if (typeof step === 'string') {
      text += text === '' ? step : `.${step}`;
      current = isJsonObject(current) ? current[step] : undefined;
      continue;
    }
    const item: Json | undefined = Array.isArray(current) ? current[step] : undefined;
    const name = isJsonObject(item) ? item.name : undefined;
    text += `[${typeof name === 'string' ? name : step}]`;
    current = item;
  }
  return text;
}
