import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';

/**
 * Server-side apply as the fake does it: field ownership by leaf path, lists as one value. A real server merges lists
 * with keys (containers, ports) entry by entry, and records only the leaves under them; what depends on that belongs
 * into an integration test.
 */
export interface Owned {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** The paths of the leaves it owns, each as JSON text of its keys. */
  readonly paths: ReadonlySet<string>;
}

export interface Applied {
  readonly object: JsonObject;
  readonly owners: readonly Owned[];
}

/** Who applies, and who owns what so far. */
export interface Ownership {
  readonly owners: readonly Owned[];
  readonly manager: string;
}

export interface FieldConflict {
  readonly manager: string;
  readonly field: string;
}

/** Fields that the server owns, or that name the object: no manager ever owns them. */
const unowned = new Set([
  'apiVersion',
  'kind',
  ...['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp'].map(
    (key) => `metadata.${key}`,
  ),
  'metadata.managedFields',
]);

/** The paths of every leaf that a manager would own by applying this. */
export function leafPaths(value: JsonObject, prefix: readonly string[] = []): string[][] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...prefix, key];
    if (inner === undefined || unowned.has(path.join('.'))) return [];
    return isJsonObject(inner) && Object.keys(inner).length > 0 ? leafPaths(inner, path) : [path];
  });
}

/** The fields that other managers own with another value. */
export function conflictsOf(wanted: KubeObject, live: JsonObject, { owners, manager }: Ownership): FieldConflict[] {
  const conflicts: FieldConflict[] = [];
  for (const path of leafPaths(wanted)) {
    if (same(at(wanted, path), at(live, path))) continue;
    for (const owner of owners) {
      if (owner.manager === manager || !owns(owner, path)) continue;
      conflicts.push({ manager: owner.manager, field: path.map((key) => `.${key}`).join('') });
    }
  }
  return conflicts;
}

/** The result of an apply that has no conflicts or takes the fields over. */
export function applyOver(wanted: KubeObject, live: JsonObject, { owners, manager }: Ownership): Applied {
  const paths = leafPaths(wanted);
  const keys = new Set(paths.map((path) => JSON.stringify(path)));
  const others = owners
    .filter((owner) => owner.manager !== manager || owner.operation !== 'Apply')
    .map((owner) => ({ ...owner, paths: withoutChanged(owner.paths, { wanted, live, keys }) }))
    .filter((owner) => owner.paths.size > 0);
  const previous = owners.find((owner) => owner.manager === manager && owner.operation === 'Apply');
  let object: JsonObject = live;
  for (const key of previous?.paths ?? []) {
    const given = keys.has(key) || others.some((owner) => owner.paths.has(key));
    if (!given) object = without(object, JSON.parse(key) as string[]);
  }
  for (const path of paths) object = withValue(object, path, at(wanted, path));
  return { object, owners: [...others, { manager, operation: 'Apply', paths: keys }] };
}

interface Change {
  readonly wanted: JsonObject;
  readonly live: JsonObject;
  readonly keys: ReadonlySet<string>;
}

/** A field that another manager sets to a new value is no longer theirs. */
function withoutChanged(paths: ReadonlySet<string>, { wanted, live, keys }: Change): Set<string> {
  return new Set(
    [...paths].filter((key) => {
      const path = JSON.parse(key) as string[];
      return !keys.has(key) || same(at(wanted, path), at(live, path));
    }),
  );
}

/** `fieldsV1` for a set of paths: `{"f:spec":{"f:replicas":{}}}`. */
export function fieldsV1(paths: ReadonlySet<string>): JsonObject {
  let fields: JsonObject = {};
  for (const key of paths) {
    const path = (JSON.parse(key) as string[]).map((part) => `f:${part}`);
    fields = withValue(fields, path, {});
  }
  return fields;
}

function owns(owner: Owned, path: readonly string[]): boolean {
  return owner.paths.has(JSON.stringify(path));
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);
}

function withValue(object: JsonObject, [key = '', ...rest]: readonly string[], value: Json | undefined): JsonObject {
  const inner = object[key];
  if (rest.length === 0) return { ...object, [key]: value };
  return { ...object, [key]: withValue(isJsonObject(inner) ? inner : {}, rest, value) };
}

/** The object without a leaf, and without the maps that this empties. */
function without(object: JsonObject, [key = '', ...rest]: readonly string[]): JsonObject {
  const inner = object[key];
  const { [key]: _gone, ...others } = object;
  if (rest.length === 0 || !isJsonObject(inner)) return others;
  const less = without(inner, rest);
  return Object.keys(less).length === 0 ? others : { ...object, [key]: less };
}
