import { objectsAt } from '../base/json.ts';
import { remember } from '../base/memo.ts';
import type { KubeObject } from './object.ts';

/**
 * The objects that their owners' deletion deletes, as Kubernetes' collector has it: every owner goes, none lives on. An
 * owner in another namespace counts for nothing; one that is not among the objects counts as living, because nothing
 * is known of it. An object that is `going` by itself follows only where all its owners go before it. Each reference is
 * looked at once.
 */
export function following(objects: readonly KubeObject[], going: Iterable<KubeObject>): ReadonlySet<KubeObject> {
  const graph = ownersIn(objects);
  const gone = new Set<KubeObject>();
  const follows = new Set<KubeObject>();
  const spread = (first: readonly KubeObject[]): void => {
    const pending = first.filter((object) => !gone.has(object));
    for (const object of pending) gone.add(object);
    for (let object = pending.pop(); object !== undefined; object = pending.pop()) {
      for (const dependent of graph.dependents.get(object) ?? []) {
        const left = (graph.waiting.get(dependent) ?? 0) - 1;
        graph.waiting.set(dependent, left);
        if (left > 0 || gone.has(dependent)) continue;
        follows.add(dependent);
        gone.add(dependent);
        pending.push(dependent);
      }
    }
  };
  const own = [...going];
  spread(own.filter((object) => (graph.waiting.get(object) ?? 0) === 0));
  // What has an owner that lives on, or owns itself in a circle, goes for its own sake.
  spread(own);
  return follows;
}

interface OwnerGraph {
  readonly dependents: ReadonlyMap<KubeObject, readonly KubeObject[]>;
  /** How many owners of an object are not known to go. */
  readonly waiting: Map<KubeObject, number>;
}

function ownersIn(objects: readonly KubeObject[]): OwnerGraph {
  const byUid = new Map(objects.map((object) => [object.metadata.uid, object]));
  const dependents = new Map<KubeObject, KubeObject[]>();
  const waiting = new Map<KubeObject, number>();
  for (const object of objects) {
    const owners = ownersOf(object, byUid);
    if (owners.length > 0) waiting.set(object, owners.length);
    for (const owner of owners) {
      if (owner !== 'Unknown') remember(dependents, owner, () => []).push(object);
    }
  }
  return { dependents, waiting };
}

/** The owners that keep an object, each once. */
function ownersOf(
  object: KubeObject,
  byUid: ReadonlyMap<string | undefined, KubeObject>,
): readonly (KubeObject | 'Unknown')[] {
  const references = new Map(objectsAt(object, ['metadata', 'ownerReferences']).map((one) => [one.uid, one]));
  return [...references.values()].flatMap(({ uid, kind, name }): readonly (KubeObject | 'Unknown')[] => {
    const owner = typeof uid === 'string' ? byUid.get(uid) : undefined;
    if (owner !== undefined && isElsewhere(owner, object)) return [];
    // A reference that names another object than its UID's is one to nothing that is known.
    return owner !== undefined && owner.kind === kind && owner.metadata.name === name ? [owner] : ['Unknown'];
  });
}

function isElsewhere(owner: KubeObject, object: KubeObject): boolean {
  return owner.metadata.namespace !== undefined && owner.metadata.namespace !== object.metadata.namespace;
}
