import type { Clock } from '../base/clock.ts';

/** A token that the API server refuses is not helped by more of them than one in this time. */
const afterRefusalMs = 300_000;

/** Tokens that API servers refuse, by the clusters that read with them. */
export interface Refusals {
  /** True where one of them was not tried for some time. */
  note(this: void, cluster: string, peers: readonly string[]): boolean;
  /** Those that are to be tried now; each is given once. */
  take(this: void, cluster: string): readonly string[];
}

export function createRefusals(clock: Clock): Refusals {
  const waiting = new Map<string, Set<string>>();
  const triedAt = new Map<string, number>();
  const isNew = (key: string): boolean =>
    clock.now() - (triedAt.get(key) ?? Number.NEGATIVE_INFINITY) >= afterRefusalMs;
  return {
    note(cluster, peers) {
      const due = peers.filter((peer) => isNew(`${cluster} ${peer}`));
      if (due.length > 0) waiting.set(cluster, new Set([...(waiting.get(cluster) ?? []), ...due]));
      return due.length > 0;
    },
    take(cluster) {
      const due = [...(waiting.get(cluster) ?? [])];
      waiting.delete(cluster);
      for (const peer of due) triedAt.set(`${cluster} ${peer}`, clock.now());
      return due;
    },
  };
}
