import type { ClusterName } from '../api/name.ts';
import type { IsthmusError } from '../base/error.ts';
import type { Change } from '../plan/change.ts';
import type { Unconnected } from './apply-cluster.ts';
import type { WriteCounts } from './writer.ts';

export type ClusterOutcome =
  | {
      readonly cluster: ClusterName;
      readonly outcome: 'Applied';
      readonly counts: WriteCounts;
      readonly unconnected: readonly Unconnected[];
    }
  | {
      readonly cluster: ClusterName;
      readonly outcome: 'Failed';
      readonly counts: WriteCounts;
      readonly error: IsthmusError;
    }
  | { readonly cluster: ClusterName; readonly outcome: 'Planned'; readonly changes: readonly Change[] }
  | { readonly cluster: ClusterName; readonly outcome: 'Left' };

export interface ApplyReport {
  readonly mesh: string;
  readonly mode: 'Apply' | 'DryRun';
  readonly clusters: readonly ClusterOutcome[];
  /** Where a root was made in this run: the folder with its key, which its owner should take offline. */
  readonly newRootFolder: string | undefined;
  readonly requests: number;
  readonly writes: number;
  readonly seconds: number;
}
