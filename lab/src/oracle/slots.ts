import { IsthmusError } from '../../../src/base/error.ts';
import type { Snapshot } from '../../../src/discovery/values/snapshot.ts';

/** Every cluster that the snapshot names, once: those with objects, config clusters, remotes. */
export function clusterNames({ clusters, istiods }: Snapshot): readonly string[] {
  return [
    ...new Set([
      ...clusters.map(({ cluster }) => cluster),
      ...istiods.flatMap(({ cluster, remotes }) => [cluster, ...remotes]),
    ]),
  ];
}

/** Which API server stands for which cluster: a cluster that had one before keeps it, so that little has to change. */
export function assignSlots(
  names: readonly string[],
  before: ReadonlyMap<string, number>,
  count: number,
): ReadonlyMap<string, number> {
  if (names.length > count) {
    throw new IsthmusError('usage', `the snapshot has ${names.length} clusters and the oracle ${count} API servers`);
  }
  const assigned = new Map<string, number>();
  for (const name of names) {
    const slot = before.get(name);
    if (slot !== undefined) assigned.set(name, slot);
  }
  const taken = new Set(assigned.values());
  const free = Array.from({ length: count }, (_, slot) => slot).filter((slot) => !taken.has(slot));
  for (const name of names) {
    const slot = assigned.has(name) ? undefined : free.shift();
    if (slot !== undefined) assigned.set(name, slot);
  }
  return assigned;
}
