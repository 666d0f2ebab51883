import type { Remedy } from '../../base/remedy.ts';

/** What a code stands for. */
export interface CatalogEntry {
  /** A message with this code as it is shown, with names as they occur. */
  readonly shown: string;
  readonly means: string;
  /** How it is established: what was read, and by whom. */
  readonly established: string;
  readonly remedy: Remedy;
  /** What an apply writes that mends it, as a kind and a place; left out where no apply does. */
  readonly appliedBy?: string;
}

export function entry(shown: string, means: string, established: string, remedy: Remedy): CatalogEntry {
  return { shown, means, established, remedy };
}

/** An entry about something that an apply makes or changes: only such a finding may propose one. */
export function mended(appliedBy: string, one: CatalogEntry): CatalogEntry {
  return { ...one, appliedBy };
}
