import type { ClusterName } from '../../api/name.ts';
import type { IsthmusError } from '../../base/error.ts';
import type { Unconnected } from './apply-cluster.ts';
import type { PruneOutcome } from './prune.ts';
import type { WriteCounts } from './writer.ts';

export type ClusterOutcome =
  | {
      readonly cluster: ClusterName;
      readonly outcome: 'Applied';
      readonly counts: WriteCounts;
      readonly unconnected: readonly Unconnected[];
      /** What happened to the objects that are no longer declared; left out where nothing was looked for. */
      readonly pruned?: PruneOutcome;
    }
  | {
      readonly cluster: ClusterName;
      readonly outcome: 'Failed';
      readonly counts: WriteCounts;
      readonly error: IsthmusError;
    }
  | { readonly cluster: ClusterName; readonly outcome: 'Left' };

export interface ApplyReport {
  readonly mesh: string;
  readonly clusters: readonly ClusterOutcome[];
  /** Where a root was made in this run: the folder with its key, which its owner should take offline. */
  readonly newRootFolder: string | undefined;
  readonly requests: number;
  readonly writes: number;
  readonly seconds: number;
}

/** Whether a cluster is as declared after an apply. */
export function isWhole(outcome: ClusterOutcome): boolean {
  if (outcome.outcome !== 'Applied' || outcome.unconnected.some(({ stands }) => !stands)) return false;
  return outcome.pruned === undefined || outcome.pruned.failed.length === 0;
}
