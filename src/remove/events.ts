import type { ObjectRef } from '../objects/object.ts';
import type { RemovalStage } from './stage.ts';

/** What a removal reports while it works. */
export type RemovalEvent =
  /** Objects of a stage are gone. */
  | { readonly type: 'Removed'; readonly cluster: string; readonly stage: RemovalStage; readonly count: number }
  /** What we had set on a namespace that stays was taken back. */
  | { readonly type: 'Released'; readonly cluster: string; readonly namespace: string }
  /** Our labels were taken off definitions that stay. */
  | { readonly type: 'Disclaimed'; readonly cluster: string; readonly count: number }
  | { readonly type: 'NamespaceRemoved'; readonly cluster: string; readonly namespace: string }
  /** No istiod of the cluster knows the removed one any more. */
  | { readonly type: 'Forgotten'; readonly cluster: string; readonly removed: string }
  /** Something has to go before the cluster can go on. */
  | { readonly type: 'Waiting'; readonly cluster: string; readonly what: string }
  /** Finalizers that nobody serves any more were taken off. */
  | {
      readonly type: 'Stripped';
      readonly cluster: string;
      readonly object: ObjectRef;
      readonly finalizers: readonly string[];
    }
  /** Something keeps an object or a namespace from going, and it is not ours to take away. */
  | { readonly type: 'Blocked'; readonly cluster: string; readonly what: string; readonly by: readonly string[] }
  | { readonly type: 'Notice'; readonly cluster: string; readonly message: string };

export type OnRemovalEvent = (event: RemovalEvent) => void;
