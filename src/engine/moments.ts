import { apiVersion } from '../base/api-version.ts';
import { toJson } from '../base/json.ts';
import { type KubeObject, refKey, refOf } from '../objects/object.ts';
import { diffObjects, diffSettings } from '../plan/diff.ts';
import { whatChanges } from '../predict/scenario/whatif.ts';
import type { IstiodDifference, MeshDifferences, ObjectDifference, UncomparedPart } from '../report/differences.ts';
import { type Moment, momentsIn } from '../snapshot/moments.ts';
import type { TrafficFacts } from './options.ts';
import { whatifReport } from './reporting/whatif.ts';

export type { Moment } from '../snapshot/moments.ts';

/** The snapshots that a folder of several holds, oldest first; none where it is one snapshot, or holds none. */
export async function readMoments(folder: string): Promise<readonly Moment[]> {
  return await momentsIn(folder);
}

/**
 * Compares the facts of two snapshots: objects and istiods by their fields, as a plan does, and what that changes for requests.
 * Values that must not be shown are hidden. What one of the two lacks because it could not be read is `uncompared`, no difference.
 *
 * @example
 * const before = await session.facts();
 * const after = await session.facts();
 * const { objects, traffic } = differencesBetween(before, after);
 * console.log(`${objects.length} objects differ, ${traffic.counts.Unreachable} flows lose every answer`);
 */
export function differencesBetween(before: TrafficFacts, after: TrafficFacts): MeshDifferences {
  const uncompared = [...unreadIn(before, 'Before'), ...unreadIn(after, 'After')];
  const lost = new Set(uncompared.map(({ cluster, kind }) => lostKey(cluster, kind)));
  const compared = before.clusters.flatMap(({ cluster, objects }) => {
    const then = after.clusters.find((one) => one.cluster === cluster)?.objects;
    if (then === undefined || lost.has(lostKey(cluster, null))) return [];
    const read = (all: readonly KubeObject[]) => all.filter(({ kind }) => !lost.has(lostKey(cluster, kind)));
    return [objectsBetween(cluster, read(objects), read(then))];
  });
  const missing = (some: TrafficFacts, all: TrafficFacts): readonly string[] => {
    const names = new Set(some.clusters.map(({ cluster }) => cluster));
    return all.clusters.flatMap(({ cluster }) =>
      names.has(cluster) || lost.has(lostKey(cluster, null)) ? [] : [cluster],
    );
  };
  return {
    apiVersion,
    kind: 'MeshDifferences',
    takenAt: { before: before.readAt ?? null, after: after.readAt ?? null },
    clusters: { added: missing(before, after), removed: missing(after, before) },
    objects: compared.flatMap(({ objects }) => objects),
    unchanged: compared.reduce((sum, one) => sum + one.unchanged, 0),
    istiods: istiodsBetween(before.istiods, after.istiods).filter(({ runsIn }) => !lost.has(lostKey(runsIn, null))),
    uncompared,
    traffic: whatifReport(whatChanges(before, after)),
  };
}

function lostKey(cluster: string, kind: string | null): string {
  return `${cluster} ${kind ?? ''}`;
}

function unreadIn(
  { unread = {}, unreadKinds = {} }: TrafficFacts,
  missingIn: UncomparedPart['missingIn'],
): readonly UncomparedPart[] {
  return [
    ...Object.entries(unread).map(([cluster, reason]) => ({ cluster, kind: null, missingIn, reason })),
    ...Object.entries(unreadKinds).flatMap(([cluster, kinds]) =>
      Object.entries(kinds).map(([kind, reason]) => ({ cluster, kind, missingIn, reason })),
    ),
  ];
}

function objectsBetween(cluster: string, before: readonly KubeObject[], after: readonly KubeObject[]) {
  const [earlier, later] = [before, after].map((all) => new Map(all.map((one) => [refKey(refOf(one)), one])));
  const objects: ObjectDifference[] = [];
  let unchanged = 0;
  for (const [key, object] of earlier ?? []) {
    const then = later?.get(key);
    const fields = then === undefined ? [] : fieldsBetween(object, then);
    if (then === undefined) objects.push({ cluster, change: 'Removed', ref: refOf(object), fields: [] });
    else if (fields.length > 0) objects.push({ cluster, change: 'Changed', ref: refOf(then), fields });
    else unchanged += 1;
  }
  for (const [key, object] of later ?? []) {
    if (earlier?.has(key) !== true) objects.push({ cluster, change: 'Added', ref: refOf(object), fields: [] });
  }
  return { objects, unchanged };
}

/** With what the cluster reports: a gateway that lost its address is not as it was. */
function fieldsBetween(before: KubeObject, after: KubeObject): ObjectDifference['fields'] {
  const [then, now] = [before, after].map(({ status }) => ({ status: status ?? {} }));
  return [...diffObjects(before, after), ...diffSettings(then ?? {}, now ?? {})];
}

type Istiods = TrafficFacts['istiods'];

/** Paired by place and revision, and where several have the same by their order. */
function istiodsBetween(before: Istiods, after: Istiods): readonly IstiodDifference[] {
  const [earlier, later] = [before, after].map(byPlace);
  const keys = new Set([...(earlier?.keys() ?? []), ...(later?.keys() ?? [])]);
  return [...keys].flatMap((key): readonly IstiodDifference[] => {
    const [then, now] = [earlier?.get(key), later?.get(key)];
    const { cluster = '', runsIn = '' } = now ?? then ?? {};
    if (then === undefined || now === undefined)
      return [{ cluster, runsIn, change: then === undefined ? 'Added' : 'Removed', fields: [] }];
    const fields = diffSettings(toJson(then), toJson(now));
    return fields.length === 0 ? [] : [{ cluster, runsIn, change: 'Changed', fields }];
  });
}

function byPlace(istiods: Istiods): ReadonlyMap<string, Istiods[number]> {
  const places = new Map<string, Istiods[number]>();
  for (const istiod of istiods) {
    const { cluster, runsIn, namespace, flags } = istiod;
    const place = `${runsIn} ${cluster} ${namespace} ${flags.REVISION ?? ''}`;
    let count = 0;
    while (places.has(`${place} ${count}`)) count += 1;
    places.set(`${place} ${count}`, istiod);
  }
  return places;
}
