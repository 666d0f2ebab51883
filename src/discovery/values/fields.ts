import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';

/**
 * Accessors for the fields of objects as clusters hold them. There is no schema: an object passes through whole, and a
 * field of the wrong type counts as missing, as it does for istiod.
 */

const noFields: JsonObject = {};
const noStrings: Readonly<Record<string, string>> = {};

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function fieldsOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : noFields;
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The same list comes back where every item is an object. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  const list = listOf(value);
  return list.every(isJsonObject) ? list : list.filter(isJsonObject);
}

export function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

/** A whole number of at least 0, else undefined. */
export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Labels and the like. The same object comes back where every value is a string, so that memory is shared. */
export function stringsOf(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return noStrings;
  for (const key in value) {
    if (typeof value[key] !== 'string') return onlyStrings(value);
  }
  return value as Readonly<Record<string, string>>;
}

function onlyStrings(value: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The value of a label, or undefined; inherited members such as `constructor` are no labels. */
export function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** True where every pair of the selector is among the labels; an empty selector selects all. */
export function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(selector).every((key) => labelOf(labels, key) === selector[key]);
}

/** Order by UTF-16 code units: for what Kubernetes allows in names, the order of Go's strings. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
