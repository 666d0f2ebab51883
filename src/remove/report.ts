import type { ClusterName } from '../api/name.ts';
import type { IsthmusError } from '../base/error.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { Stuck } from './deletion.ts';
import type { Proof } from './proof.ts';
import type { Examined } from './remove-cluster.ts';

/** What would be removed from one cluster, or why nobody knows. */
export type ClusterPlan =
  | {
      readonly cluster: ClusterName;
      readonly state: 'Read';
      readonly examined: Examined;
      /** Only this namespace of it goes. */
      readonly namespace?: string;
    }
  | { readonly cluster: ClusterName; readonly state: 'Failed'; readonly error: IsthmusError };

/** A remote secret for a removed cluster, in one that stays. */
export interface PeerSecret {
  readonly cluster: ClusterName;
  readonly removed: string;
  readonly secret: ObjectRef & { readonly uid: string | undefined };
}

export interface RemovalPlan {
  readonly mesh: string;
  readonly clusters: readonly ClusterPlan[];
  readonly peerSecrets: readonly PeerSecret[];
}

/** What became of one cluster. */
export type ClusterRemoval =
  | ({ readonly cluster: ClusterName; readonly outcome: 'Removed' | 'Stuck' } & RemovedFacts & {
        readonly proof: Proof;
      })
  | ({ readonly cluster: ClusterName; readonly outcome: 'Failed'; readonly error: IsthmusError } & RemovedFacts);

export interface RemovedFacts {
  /** Objects that are gone, by kind. */
  readonly removed: Readonly<Record<string, number>>;
  /** Namespaces that stay, from which our labels were taken. */
  readonly released: readonly string[];
  readonly stripped: readonly { readonly object: ObjectRef; readonly finalizers: readonly string[] }[];
  readonly stuck: readonly Stuck[];
  /** Pods that still have a sidecar, by namespace: it runs on without a control plane until the pod is restarted. */
  readonly sidecars: Readonly<Record<string, number>>;
}

export interface RemovalReport {
  readonly mesh: string;
  readonly clusters: readonly ClusterRemoval[];
  /** Remote secrets of removed clusters that were taken out of the others. */
  readonly peerSecrets: readonly { readonly cluster: ClusterName; readonly removed: string }[];
  /** The clusters whose remote secrets could not be taken away. */
  readonly peerFailures: readonly { readonly cluster: ClusterName; readonly error: IsthmusError }[];
  readonly seconds: number;
}
