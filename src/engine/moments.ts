import { type KubeObject, refKey, refOf } from '../objects/object.ts';
import { diffObjects } from '../plan/diff.ts';
import { whatChanges } from '../predict/scenario/whatif.ts';
import type { MeshDifferences, ObjectDifference } from '../report/differences.ts';
import { type Moment, momentsIn } from '../snapshot/moments.ts';
import type { TrafficFacts } from './options.ts';
import { whatifReport } from './reporting/whatif.ts';

export type { Moment } from '../snapshot/moments.ts';

/** The snapshots that a folder of several holds, oldest first; none where it is one snapshot, or holds none. */
export async function readMoments(folder: string): Promise<readonly Moment[]> {
  return await momentsIn(folder);
}

/** Compares two moments, as a plan compares objects and predicts what they change. Values that must not be shown are hidden. */
export function differencesBetween(before: TrafficFacts, after: TrafficFacts): MeshDifferences {
  const [earlier, later] = [before, after].map(
    ({ clusters }) => new Map(clusters.map(({ cluster, objects }) => [cluster, objects])),
  );
  const compared = [...(earlier ?? [])].flatMap(([cluster, objects]) => {
    const then = later?.get(cluster);
    return then === undefined ? [] : [objectsBetween(cluster, objects, then)];
  });
  return {
    clusters: { came: missingIn(earlier, later), gone: missingIn(later, earlier) },
    objects: compared.flatMap(({ objects }) => objects),
    same: compared.reduce((sum, one) => sum + one.same, 0),
    traffic: whatifReport(whatChanges(before, after)),
  };
}

type Clusters = ReadonlyMap<string, readonly KubeObject[]> | undefined;

function missingIn(some: Clusters, all: Clusters): readonly string[] {
  return [...(all ?? new Map<string, unknown>()).keys()].filter((cluster) => some?.has(cluster) !== true);
}

function objectsBetween(cluster: string, before: readonly KubeObject[], after: readonly KubeObject[]) {
  const [earlier, later] = [before, after].map((all) => new Map(all.map((one) => [refKey(refOf(one)), one])));
  const objects: ObjectDifference[] = [];
  let same = 0;
  for (const [key, object] of earlier ?? []) {
    const then = later?.get(key);
    const fields = then === undefined ? [] : diffObjects(object, then);
    if (then === undefined) objects.push({ cluster, change: 'Gone', ref: refOf(object), fields: [] });
    else if (fields.length > 0) objects.push({ cluster, change: 'Changed', ref: refOf(then), fields });
    else same += 1;
  }
  for (const [key, object] of later ?? []) {
    if (earlier?.has(key) !== true) objects.push({ cluster, change: 'Came', ref: refOf(object), fields: [] });
  }
  return { objects, same };
}
