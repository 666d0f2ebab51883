import type { ClusterName } from '../../api/name.ts';
import type { Stage } from '../../istio/stages.ts';

/** What apply reports while it works; the command line turns it into lines. */
export type ApplyEvent =
  /** Objects of a stage were brought to what the mesh wants. Not sent where nothing had to be done. */
  | {
      readonly type: 'Applied';
      readonly cluster: ClusterName;
      readonly stage: Stage;
      readonly created: number;
      readonly configured: number;
    }
  /** What the mesh no longer wants was removed. Not sent where nothing had to be. */
  | { readonly type: 'Pruned'; readonly cluster: ClusterName; readonly deleted: number; readonly released: number }
  /** Something has to become true before the cluster can go on. */
  | { readonly type: 'Waiting'; readonly cluster: ClusterName; readonly what: string }
  /** It became true after so many milliseconds. */
  | { readonly type: 'Reached'; readonly cluster: ClusterName; readonly what: string; readonly afterMs: number }
  /** Something worth knowing that stops nothing. */
  | { readonly type: 'Notice'; readonly cluster: ClusterName; readonly message: string };

export type OnApplyEvent = (event: ApplyEvent) => void;
