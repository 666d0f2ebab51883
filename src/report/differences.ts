import type { ObjectRef } from './object-ref.ts';
import type { FieldChange } from './plan.ts';
import type { WhatIf } from './whatif.ts';

/** What is different between two recorded moments, for the page that shows them. No command prints it: it is no contract. */

/** A snapshot among others. */
export interface RecordedMoment {
  /** Of its folder. */
  readonly name: string;
  /** RFC 3339; left out where nobody wrote it down. */
  readonly takenAt?: string;
}

/** An object that is not as it was. */
export interface ObjectDifference {
  readonly cluster: string;
  readonly change: 'Came' | 'Gone' | 'Changed';
  readonly ref: ObjectRef;
  /** The values that differ; none where the object came or went as a whole. */
  readonly fields: readonly FieldChange[];
}

/** What is different between two moments of a mesh. */
export interface MeshDifferences {
  readonly clusters: { readonly came: readonly string[]; readonly gone: readonly string[] };
  /** Of the clusters that both moments have. */
  readonly objects: readonly ObjectDifference[];
  /** How many objects are as they were. */
  readonly same: number;
  /** What that means for requests, by the model. */
  readonly traffic: WhatIf;
}
