import type { Clock } from '../../base/clock.ts';
import { IsthmusError } from '../../base/error.ts';
import { isJsonObject, type JsonObject, mergeJson } from '../../base/json.ts';
import { describeRef, type KindRef, type KubeObject, type ObjectRef, refKey, refOf } from '../../objects/object.ts';
import { type Applied, applyOver, conflictsOf, fieldsV1, leafPaths, type Owned } from './fake-apply.ts';

export type StoredEvent = { readonly type: 'Added' | 'Modified' | 'Deleted'; readonly object: KubeObject };

interface Stored {
  readonly object: KubeObject;
  readonly owners: readonly Owned[];
}

export interface StoreOptions {
  readonly cluster: string;
  readonly clock: Clock;
}

/** What must be true of an object for it to be deleted. */
interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** The objects of a fake cluster. Rules about them are those of the API server, as far as they are written here. */
export interface FakeStore {
  get(ref: ObjectRef): KubeObject | undefined;
  list(kind: KindRef): readonly KubeObject[];
  all(): readonly KubeObject[];
  create(object: KubeObject): KubeObject;
  apply(object: KubeObject, options: { manager: string; force: boolean; dryRun: boolean }): KubeObject;
  /** Replaces an object as a controller's update does, with no check but that it exists. */
  update(object: KubeObject, manager: string): KubeObject;
  delete(ref: ObjectRef, preconditions?: Preconditions): 'deleted' | 'absent';
  /** Calls the listener with each change from now on; gives the function that ends it. */
  subscribe(listener: (event: StoredEvent) => void): () => void;
}

export function createStore(options: StoreOptions): FakeStore {
  const core = createCore(options);
  const { stored } = core;
  return {
    get: (ref) => stored.get(refKey(ref))?.object,
    list: (kind) => [...stored.values()].map(({ object }) => object).filter((object) => isOfKind(object, kind)),
    all: () => [...stored.values()].map(({ object }) => object),
    create(object) {
      const ref = refOf(object);
      if (stored.has(refKey(ref))) throw failure(options, ref, { code: 'conflict', problem: 'it already exists' });
      return core.put(object, [ownerByUpdate(object, 'isthmus')], undefined);
    },
    apply: (object, how) => applyTo(core, object, how),
    update(object, manager) {
      const ref = refOf(object);
      const found = stored.get(refKey(ref));
      if (found === undefined) throw failure(options, ref, { code: 'not-found', problem: 'it does not exist' });
      checkVersion(options, object, found.object);
      return core.put(object, ownersAfterUpdate(object, found, manager), found.object);
    },
    delete(ref, { uid, resourceVersion } = {}) {
      const found = stored.get(refKey(ref));
      if (found === undefined) return 'absent';
      if (uid !== undefined && found.object.metadata.uid !== uid) {
        throw failure(options, ref, { code: 'conflict', problem: 'the UID is that of another object' });
      }
      if (resourceVersion !== undefined && found.object.metadata.resourceVersion !== resourceVersion) {
        throw failure(options, ref, { code: 'conflict', problem: 'the resourceVersion is that of an earlier state' });
      }
      if (found.object.metadata.deletionTimestamp === undefined) core.beginDeletion(found.object);
      return 'deleted';
    },
    subscribe(listener) {
      core.listeners.add(listener);
      return () => core.listeners.delete(listener);
    },
  };
}

interface Core {
  readonly options: StoreOptions;
  readonly stored: ReadonlyMap<string, Stored>;
  readonly listeners: Set<(event: StoredEvent) => void>;
  /** Stores an object with what the server adds, or removes it where its deletion can end now. */
  put(object: JsonObject, owners: readonly Owned[], previous: KubeObject | undefined): KubeObject;
  stamp(object: JsonObject, owners: readonly Owned[], previous: KubeObject | undefined): KubeObject;
  beginDeletion(object: KubeObject): void;
}

function createCore(options: StoreOptions): Core {
  const stored = new Map<string, Stored>();
  const listeners = new Set<(event: StoredEvent) => void>();
  let version = 0;
  const emit = (event: StoredEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  const stamp: Core['stamp'] = (object, owners, previous) =>
    stamped(object, { owners, previous, version, now: options.clock.now() });
  const put: Core['put'] = (object, owners, previous) => {
    version += 1;
    const next = stamp(object, owners, previous);
    const finished = next.metadata.deletionTimestamp !== undefined && finalizersOf(next).length === 0;
    if (finished && next.kind !== 'Namespace') return remove(next);
    stored.set(refKey(refOf(next)), { object: next, owners });
    emit({ type: previous === undefined ? 'Added' : 'Modified', object: next });
    return next;
  };
  const remove = (object: KubeObject): KubeObject => {
    stored.delete(refKey(refOf(object)));
    emit({ type: 'Deleted', object });
    if (object.metadata.namespace !== undefined) endNamespace(object.metadata.namespace);
    return object;
  };
  /** A namespace goes when it is being deleted and nothing is left in it. */
  const endNamespace = (name: string): void => {
    const found = stored.get(refKey({ apiVersion: 'v1', kind: 'Namespace', name }));
    if (found?.object.metadata.deletionTimestamp === undefined) return;
    if (![...stored.values()].some(({ object }) => object.metadata.namespace === name)) remove(found.object);
  };
  const beginDeletion = (object: KubeObject): void => {
    const { metadata, kind } = object;
    const contents =
      kind === 'Namespace'
        ? [...stored.values()].filter((other) => other.object.metadata.namespace === metadata.name)
        : [];
    if (contents.length === 0 && finalizersOf(object).length === 0) return void remove(object);
    const owners = stored.get(refKey(refOf(object)))?.owners ?? [];
    const deletionTimestamp = new Date(options.clock.now()).toISOString();
    put({ ...object, metadata: { ...metadata, deletionTimestamp } }, owners, object);
    for (const content of contents) beginDeletion(content.object);
  };
  return { options, stored, listeners, put, stamp, beginDeletion };
}

interface ApplyHow {
  readonly manager: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

function applyTo(core: Core, object: KubeObject, { manager, force, dryRun }: ApplyHow): KubeObject {
  const found = core.stored.get(refKey(refOf(object)));
  const { uid } = object.metadata;
  if (uid !== undefined && uid !== found?.object.metadata.uid) {
    throw failure(core.options, refOf(object), { code: 'conflict', problem: 'uid mismatch' });
  }
  checkVersion(core.options, object, found?.object);
  const ownership = { owners: found?.owners ?? [], manager };
  const conflicts = force ? [] : conflictsOf(object, found?.object ?? {}, ownership);
  if (conflicts.length > 0) {
    const problem = conflicts.map((conflict) => `${conflict.manager} owns ${conflict.field}`).join('; ');
    throw failure(core.options, refOf(object), { code: 'conflict', problem });
  }
  const applied = applyOver(object, found?.object ?? identityOf(object), ownership);
  if (found !== undefined && unchanged(found, applied)) return found.object;
  return (dryRun ? core.stamp : core.put)(applied.object, applied.owners, found?.object);
}

interface Stamp {
  readonly owners: readonly Owned[];
  readonly previous: KubeObject | undefined;
  readonly version: number;
  readonly now: number;
}

/** What the server itself writes into the metadata. */
function stamped(object: JsonObject, { owners, previous, version, now }: Stamp): KubeObject {
  const base = object as KubeObject;
  const time = new Date(now).toISOString();
  const generation = typeof previous?.metadata.generation === 'number' ? previous.metadata.generation : 0;
  const specChanged = previous === undefined || JSON.stringify(previous.spec) !== JSON.stringify(base.spec);
  return {
    ...base,
    metadata: {
      ...base.metadata,
      uid: previous?.metadata.uid ?? `00000000-0000-4000-8000-${String(version).padStart(12, '0')}`,
      resourceVersion: String(version),
      creationTimestamp: previous?.metadata.creationTimestamp ?? time,
      ...(base.spec === undefined ? {} : { generation: specChanged ? generation + 1 : generation }),
      managedFields: owners.map(({ manager, operation, paths }, index) => ({
        manager,
        operation,
        apiVersion: base.apiVersion,
        // Whoever writes comes last.
        time: index === owners.length - 1 ? time : (timeOf(previous, manager) ?? time),
        fieldsType: 'FieldsV1',
        fieldsV1: fieldsV1(paths),
      })),
    },
  };
}

function timeOf(previous: KubeObject | undefined, manager: string): string | undefined {
  const entries = previous?.metadata.managedFields;
  const entry = (Array.isArray(entries) ? entries : []).find((one) => isJsonObject(one) && one.manager === manager);
  return isJsonObject(entry) && typeof entry.time === 'string' ? entry.time : undefined;
}

function identityOf({ apiVersion, kind, metadata }: KubeObject): JsonObject {
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } };
}

function unchanged(found: Stored, applied: Applied): boolean {
  const owners = (list: readonly Owned[]): string =>
    JSON.stringify(list.map(({ manager, operation, paths }) => [manager, operation, [...paths].sort()]).sort());
  return (
    JSON.stringify(found.object) === JSON.stringify(applied.object) && owners(found.owners) === owners(applied.owners)
  );
}

/** A resourceVersion in what is written must be the present one (optimistic locking). */
function checkVersion(options: StoreOptions, object: KubeObject, live: KubeObject | undefined): void {
  const wanted = object.metadata.resourceVersion;
  if (live === undefined || wanted === undefined || wanted === live.metadata.resourceVersion) return;
  throw failure(options, refOf(object), { code: 'conflict', problem: 'the object has been modified' });
}

/** Whoever updates a field takes it from all others; a field that goes is nobody's. */
function ownersAfterUpdate(object: KubeObject, { object: before, owners }: Stored, manager: string): readonly Owned[] {
  const changed = ownerByUpdate(changedFields(object, before), manager);
  const left = new Set(leafPaths(object).map((path) => JSON.stringify(path)));
  const others = owners
    .map((owner) => ({
      ...owner,
      paths: new Set([...owner.paths].filter((path) => left.has(path) && !changed.paths.has(path))),
    }))
    .filter((owner) => owner.paths.size > 0);
  const own = others.find((owner) => owner.manager === manager && owner.operation === 'Update');
  const rest = others.filter((owner) => owner !== own);
  const paths = new Set([...(own?.paths ?? []), ...changed.paths]);
  return paths.size === 0 ? rest : [...rest, { ...changed, paths }];
}

function ownerByUpdate(object: JsonObject, manager: string): Owned {
  return { manager, operation: 'Update', paths: new Set(leafPaths(object).map((path) => JSON.stringify(path))) };
}

/** The fields of an update that differ from what was there. */
function changedFields(next: JsonObject, previous: JsonObject): JsonObject {
  const changed = Object.entries(next).flatMap(([key, value]): [string, JsonObject[string]][] => {
    const before = previous[key];
    if (JSON.stringify(value) === JSON.stringify(before)) return [];
    return [[key, isJsonObject(value) && isJsonObject(before) ? changedFields(value, before) : value]];
  });
  return mergeJson({}, Object.fromEntries(changed));
}

function finalizersOf(object: KubeObject): readonly unknown[] {
  const finalizers = object.metadata.finalizers;
  return Array.isArray(finalizers) ? finalizers : [];
}

function isOfKind(object: KubeObject, kind: KindRef): boolean {
  return object.apiVersion === kind.apiVersion && object.kind === kind.kind;
}

interface Failure {
  readonly code: 'conflict' | 'not-found';
  readonly problem: string;
}

function failure({ cluster }: StoreOptions, ref: ObjectRef, { code, problem }: Failure): IsthmusError {
  return new IsthmusError(code, `cluster ${cluster}: ${describeRef(ref)}: ${problem}`, { cluster });
}
