import type { ObjectRef } from '../objects/object.ts';

/** An object that an apply deletes, or a change that gives something up for good. */
export interface Loss {
  readonly cluster: string;
  readonly action: 'Delete' | 'Change';
  readonly object: ObjectRef;
  /** What no later apply brings back: an address. Left out where nothing is. */
  readonly loss?: string;
}

/** Decides whether that is lost. Throws to stop: the error is passed on, and nothing has been changed. */
export type ApproveLosses = (losses: readonly Loss[]) => Promise<void>;
