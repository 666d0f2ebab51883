import type { KubeObject } from './object.ts';

/** What is done to one object of a cluster. */
export interface ObjectEdit {
  readonly cluster: string;
  /** `Lay` lays the fields of the object over those that are there; `Put` replaces it; `Delete` removes it. */
  readonly action: 'Lay' | 'Put' | 'Delete';
  readonly object: KubeObject;
}
