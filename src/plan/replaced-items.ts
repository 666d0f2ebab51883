import { canonicalJson, isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import { asKubeObject, type KubeObject, type ManagedFieldsEntry } from '../objects/object.ts';
import { isOurs, managedFieldsOf } from './drift.ts';
import { type FieldAt, fieldsNotHeld, itemKeys } from './fields.ts';

/** The way to a list of an object: keys of maps, and the keys of the list items in between. */
type ListPath = readonly (string | JsonObject)[];

/**
 * An item of ours in a list with keys whose key somebody changed: server-side apply takes what is there for an item of theirs
 * and would put ours beside it, though both are one (`kubectl edit` of a Service's port).
 */
export interface ReplacedItem {
  readonly list: ListPath;
  /** The keys of the item that is there. */
  readonly found: JsonObject;
  /** The keys of ours. */
  readonly wanted: JsonObject;
  /** What the server gave the item and ours is to keep. */
  readonly kept: JsonObject;
}

/** True where the metadata of an object lack a whole item of a list of ours: only then it can have been replaced. */
export function lacksItems(object: KubeObject, live: KubeObject): boolean {
  const held = managedFieldsOf(live).find(isOurs)?.fieldsV1;
  return fieldsNotHeld(object, held).some((at: FieldAt) => typeof at.at(-1) === 'number');
}

/** The items of ours that somebody gave another key. `live` is the whole object. */
export function replacedItems(object: KubeObject, live: KubeObject): readonly ReplacedItem[] {
  const entries = managedFieldsOf(live);
  const sets = entries.flatMap(({ fieldsV1 }) => (fieldsV1 === undefined ? [] : [fieldsV1]));
  return inValue(object, live, { sets, ours: entries.find(isOurs)?.fieldsV1, list: [] });
}

interface Place {
  /** The field sets of all managers at this place. */
  readonly sets: readonly JsonObject[];
  /** Our own among them. */
  readonly ours: JsonObject | undefined;
  readonly list: ListPath;
}

function inValue(wanted: Json, live: Json | undefined, place: Place): readonly ReplacedItem[] {
  if (Array.isArray(wanted)) return Array.isArray(live) ? inList(wanted, live, place) : [];
  if (!isJsonObject(wanted) || !isJsonObject(live)) return [];
  return Object.entries(wanted).flatMap(([key, value]) =>
    value === undefined ? [] : inValue(value, live[key], below(place, `f:${key}`, key)),
  );
}

function below({ sets, ours, list }: Place, member: string, step: string | JsonObject): Place {
  const inner = sets.map((set) => set[member]).filter(isJsonObject);
  const own = ours?.[member];
  return { sets: inner, ours: isJsonObject(own) ? own : undefined, list: [...list, step] };
}

function inList(wanted: readonly Json[], live: readonly Json[], place: Place): readonly ReplacedItem[] {
  const names = keyNames(place.sets);
  if (names === undefined) return [];
  const [ours, theirs] = [wanted.filter(isJsonObject), live.filter(isJsonObject)];
  const partners = new Map(ours.map((item) => [item, theirs.find((other) => hasKeys(other, keysOf(item, names)))]));
  const taken = new Set(partners.values());
  const free = theirs.filter((item) => !taken.has(item) && memberOf(place.ours, keysOf(item, names)) === undefined);
  return ours.flatMap((item): readonly ReplacedItem[] => {
    const partner = partners.get(item);
    if (partner !== undefined) {
      const keys = keysOf(partner, names);
      return inValue(item, partner, below(place, memberName(place.sets, keys), keys));
    }
    const found = free.find((other) => isSame(item, other, names));
    if (found === undefined) return [];
    const { nodePort } = found;
    return [
      {
        list: place.list,
        found: keysOf(found, names),
        wanted: { ...keysOf(found, names), ...keysOf(item, names) },
        kept: nodePort === undefined || item.nodePort !== undefined ? {} : { nodePort },
      },
    ];
  });
}

/** The keys of a list's items, as field sets name them (`k:{"port":15021,"protocol":"TCP"}`); undefined where it has none. */
function keyNames(sets: readonly JsonObject[]): readonly string[] | undefined {
  const members = sets.flatMap((set) => Object.keys(set));
  const keys = members.map(itemKeys).find((found) => found !== undefined);
  return keys === undefined ? undefined : Object.keys(keys);
}

function keysOf(item: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
}

/** A key that the server defaults may be left out of ours. */
function hasKeys(item: JsonObject, keys: JsonObject): boolean {
  return Object.entries(keys).every(([name, value]) => item[name] === undefined || item[name] === value);
}

function memberOf(set: JsonObject | undefined, keys: JsonObject): string | undefined {
  return Object.keys(set ?? {}).find((name) => {
    const found = itemKeys(name);
    return found !== undefined && hasKeys(found, keys);
  });
}

function memberName(sets: readonly JsonObject[], keys: JsonObject): string {
  return sets.map((set) => memberOf(set, keys)).find((name) => name !== undefined) ?? '';
}

/**
 * The same item under another key: it has our name, where the name is no key, or everything else of ours and enough of it
 * that this is no coincidence.
 */
function isSame(ours: JsonObject, other: JsonObject, names: readonly string[]): boolean {
  if (!names.includes('name') && ours.name !== undefined) return ours.name === other.name;
  const rest = Object.entries(ours).filter(([name, value]) => !names.includes(name) && value !== undefined);
  return (
    rest.some(([, value]) => isJsonObject(value) || Array.isArray(value)) &&
    rest.every(([name, value]) => contains(other[name], value))
  );
}

/** Whether a value has everything of ours; what the server adds makes no difference. */
function contains(value: Json | undefined, ours: Json | undefined): boolean {
  if (isJsonObject(ours)) {
    return isJsonObject(value) && Object.entries(ours).every(([key, field]) => contains(value[key], field));
  }
  if (!Array.isArray(ours)) return canonicalJson(value) === canonicalJson(ours);
  return (
    Array.isArray(value) &&
    value.length === ours.length &&
    ours.every((item: Json, index) => contains(value[index], item))
  );
}

/** Ours with the keys that the items have now: what can be tried while they have them. */
export function withFoundKeys(object: KubeObject, items: readonly ReplacedItem[]): KubeObject {
  return rekeyed(object, items, ({ found, wanted }) => ({ from: wanted, to: found }));
}

/** The result of such a trial with the keys of ours. */
export function withWantedKeys(object: KubeObject, items: readonly ReplacedItem[]): KubeObject {
  return rekeyed(object, items, ({ found, wanted }) => ({ from: found, to: wanted }));
}

/** Ours with what its items are to keep. */
export function withKept(object: KubeObject, items: readonly ReplacedItem[]): KubeObject {
  return rekeyed(object, items, ({ wanted, kept }) => ({ from: wanted, to: kept }));
}

interface Rekeying {
  readonly from: JsonObject;
  readonly to: JsonObject;
}

function rekeyed(
  object: KubeObject,
  items: readonly ReplacedItem[],
  change: (item: ReplacedItem) => Rekeying,
): KubeObject {
  let current = object;
  for (const item of items) current = asKubeObject(atPath(current, item.list, change(item))) ?? current;
  return current;
}

function atPath(value: Json | undefined, [step, ...rest]: ListPath, change: Rekeying): JsonObject {
  const inner = isJsonObject(value) ? value : {};
  if (typeof step !== 'string') return inner;
  return { ...inner, [step]: inField(inner[step], rest, change) };
}

function inField(value: Json | undefined, path: ListPath, change: Rekeying): Json {
  const [step, ...rest] = path;
  if (step === undefined) return eachOf(value, change.from, (item) => ({ ...item, ...change.to }));
  if (typeof step === 'string') return atPath(value, path, change);
  return eachOf(value, step, (item) => atPath(item, rest, change));
}

function eachOf(list: Json | undefined, keys: JsonObject, edit: (item: JsonObject) => JsonObject): Json {
  if (!Array.isArray(list)) return list ?? null;
  return list.map((item: Json) => (isJsonObject(item) && hasKeys(item, keys) ? edit(item) : item));
}

/**
 * The managedFields with which the items are ours and nobody else's: the next server-side apply, which has them under their own
 * keys, removes them in the same write that brings ours.
 */
export function takenOver(live: KubeObject, items: readonly ReplacedItem[]): readonly JsonObject[] {
  const entries = managedFieldsOf(live).map((entry) => ({ ...entry }) as JsonObject & ManagedFieldsEntry);
  return entries.flatMap((entry): readonly JsonObject[] => {
    const change = isOurs(entry) ? withMember : withoutMember;
    const fieldsV1 = items.reduce<JsonObject>(
      (set, { list, found }) => change(set, [...list, found], found),
      entry.fieldsV1 ?? {},
    );
    return Object.keys(fieldsV1).length === 0 ? [] : [{ ...entry, fieldsV1 }];
  });
}

function memberAt(set: JsonObject, step: string | JsonObject): string | undefined {
  return typeof step === 'string' ? `f:${step}` : memberOf(set, step);
}

function withoutMember(set: JsonObject, [step, ...rest]: ListPath): JsonObject {
  const name = step === undefined ? undefined : memberAt(set, step);
  const inner = name === undefined ? undefined : set[name];
  if (name === undefined || !isJsonObject(inner)) return set;
  const less = rest.length === 0 ? {} : withoutMember(inner, rest);
  // An empty set would mean the whole value.
  if (Object.keys(less).length > 0) return { ...set, [name]: less };
  if (rest.length > 0 && Object.keys(inner).length === 0) return set;
  return Object.fromEntries(Object.entries(set).filter(([key]) => key !== name));
}

function withMember(set: JsonObject, [step, ...rest]: ListPath, keys: JsonObject): JsonObject {
  if (step === undefined) return set;
  if (rest.length === 0) {
    const item = Object.fromEntries(Object.keys(keys).map((key) => [`f:${key}`, {}]));
    return { ...set, [`k:${canonicalJson(keys)}`]: { '.': {}, ...item } };
  }
  const name = memberAt(set, step);
  const inner = valueAt(set, name === undefined ? [] : [name]);
  if (name === undefined || !isJsonObject(inner)) return set;
  return { ...set, [name]: withMember(inner, rest, keys) };
}
