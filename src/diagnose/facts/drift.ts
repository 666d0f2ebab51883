import type { DriftedField } from '../../base/drifted-field.ts';
import type { IsthmusError } from '../../base/error.ts';

/** An object that is not as declared. */
export interface DriftedObject {
  /** `Deployment istio-system/istiod` */
  readonly object: string;
  /**
   * `Missing`: it is to be there. `Changed`: others hold fields of ours, or other values are declared. `Unwanted`: it is
   * no longer declared. `Foreign`: it is someone else's where one of ours is to be.
   */
  readonly what: 'Missing' | 'Changed' | 'Unwanted' | 'Foreign';
  /** The fields that others changed or removed; none where the mesh file says something else than what was applied. */
  readonly fields: readonly DriftedField[];
}

/** What a cluster holds against what is declared, or why that is not known. */
export type ClusterDrift =
  | {
      readonly state: 'Compared';
      readonly objects: readonly DriftedObject[];
      /** The MeshServices that one of them carries out. */
      readonly services: readonly { readonly namespace: string; readonly name: string }[];
    }
  | { readonly state: 'Unread'; readonly error: IsthmusError };
